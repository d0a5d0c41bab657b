import Glibc

/// Paths as strings. The system's names are bytes, of which not all are UTF-8 (`fr elise.mid` with a Latin-1 ü), while
/// Swift's strings are Unicode and replace what is not. So a byte that is no part of UTF-8 stands in a string as a
/// character of the private use area, U+EF80…U+EFFF for 0x80…0xFF, as in MirBSD's OPTU-8. The three bytes of such a
/// character in a name are escaped likewise, so every name comes back to the system as it was.
///
/// Every path is made by `String(path:)` where it comes in (arguments, environment, folders, links) and goes to the
/// system, and to the screen, as `cPath`.
extension String {
    private static let escapes: ClosedRange<UInt32> = 0xEF80...0xEFFF

    /// A name, path or argument as the system has it.
    public init(path bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        self = ""
        var parser = Unicode.UTF8.ForwardParser()
        var input = bytes.makeIterator()
        var start = 0
        while true {
            switch parser.parseScalar(from: &input) {
            case .emptyInput: return
            case .error(let length):
                escape(bytes[start..<start + length])
                start += length
            case .valid(let encoded):
                let scalar = Unicode.UTF8.decode(encoded)
                if Self.escapes.contains(scalar.value) {
                    escape(bytes[start..<start + encoded.count])
                } else {
                    unicodeScalars.append(scalar)
                }
                start += encoded.count
            }
        }
    }

    public init(path: UnsafePointer<CChar>) {
        self.init(path: UnsafeBufferPointer(start: path, count: strlen(path)).lazy.map { UInt8(bitPattern: $0) })
    }

    private mutating func escape(_ bytes: ArraySlice<UInt8>) {
        for byte in bytes { unicodeScalars.append(Unicode.Scalar(0xEF00 + UInt32(byte))!) }
    }

    /// The bytes as the system has them.
    public var pathBytes: [UInt8] {
        // The first of the three that the escapes are in UTF-8.
        guard utf8.contains(0xEE) else { return Array(utf8) }
        var bytes: [UInt8] = []
        for scalar in unicodeScalars {
            if Self.escapes.contains(scalar.value) {
                bytes.append(UInt8(truncatingIfNeeded: scalar.value))
            } else {
                bytes += Unicode.UTF8.encode(scalar)!
            }
        }
        return bytes
    }

    /// The same, ended by a zero, for system calls.
    public var cPath: [CChar] { pathBytes.map { CChar(bitPattern: $0) } + [0] }

    /// For pictures and pages: what is no UTF-8 is replaced.
    public var pathText: String { String(decoding: pathBytes, as: UTF8.self) }
}

/// The arguments of this program without its name. `CommandLine.arguments` replaces what is not UTF-8.
public func programArguments() -> [String] {
    let words = UnsafeBufferPointer(start: CommandLine.unsafeArgv, count: Int(CommandLine.argc))
    return words.dropFirst().compactMap { $0.map { String(path: UnsafePointer($0)) } }
}

/// A variable of the environment; nil if it is not set.
public func environmentVariable(_ name: String) -> String? { getenv(name).map { String(path: UnsafePointer($0)) } }

/// What a path without a leading slash starts from.
public func currentFolder() -> String {
    guard let path = getcwd(nil, 0) else { return "." }
    defer { free(path) }
    return String(path: UnsafePointer(path))
}

/// The path without links; nil if nothing is there.
public func realPath(_ path: String) -> String? {
    guard let real = realpath(path.cPath, nil) else { return nil }
    defer { free(real) }
    return String(path: UnsafePointer(real))
}

/// Prints as `print` does, but for what is not UTF-8 in paths: that comes out as the system has it.
public func printLine(_ text: String, terminator: String = "\n") {
    for byte in (text + terminator).pathBytes { putchar_unlocked(Int32(byte)) }
}
