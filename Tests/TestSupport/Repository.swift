/// The checkout that the tests were built from.
import Files

public enum Repository {
    public static let path = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

    /// The whole path of a file or folder of the repository.
    public static func path(_ name: String) -> String { "\(path)/\(name)" }

    /// The content of a text file of the repository.
    public static func text(_ name: String) throws(FileError) -> String {
        String(decoding: try readFile(path(name), limit: 1 << 24), as: UTF8.self)
    }
}
