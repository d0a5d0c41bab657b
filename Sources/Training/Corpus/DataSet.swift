import Files
import Glibc
import Score

/// Music to learn from: a folder of files, whatever their origin.
public struct DataSet: Equatable, Sendable {
    public enum Split: String, CaseIterable, Sendable {
        case train, validation, test
    }

    public enum Rule: String, CaseIterable, Sendable {
        /// MAESTRO's list where it is there, else by a hash of each file.
        case auto
        case train, validation
    }

    public let name: String
    public var path = ""
    public var weight = 1.0
    public var rule = Rule.auto
    public var exclude = ""
    public var about = ""
    public var licence = ""

    public init(name: String) { self.name = name }

    /// Where it lies when neither recipe nor user says so: under its name in $CONTINUO_DATA, or in ../shared/data.
    var folder: String { path.isEmpty ? standardData() + "/" + name : path }

    /// A file of the set; `split` is nil where only its content decides.
    struct Entry: Equatable {
        let path: String
        let split: Split?
    }

    /// The files in a fixed order: those of MAESTRO's list, or all below the folder by name; without the excluded ones.
    /// - Parameters:
    ///   - suffixes: of the files that the representation reads.
    ///   - output: output folder of the command that asks, which is not music.
    ///   - unmatched: gets what the list of exclusions names and the set does not have.
    ///   - skipped: gets the folders that are no music.
    func entries(
        suffixes: [String], output: FolderIdentity?, unmatched: inout [String], skipped: inout [SkippedFile]
    ) throws -> [Entry] {
        var entries = try listed(suffixes, output, &skipped)
        if !exclude.isEmpty {
            for name in try Self.exclusions(exclude) {
                let before = entries.count
                entries.removeAll { entry in
                    let path = entry.path.dropFirst(folder.count + 1)
                    return path == name || path.hasPrefix(name + "/")
                }
                if entries.count == before { unmatched.append(name) }
            }
            if entries.isEmpty { throw TrainingError.corpus(path: folder, problem: "\(exclude) leaves out all of it") }
        }
        switch rule {
        case .auto: return entries
        case .train: return entries.map { Entry(path: $0.path, split: .train) }
        case .validation: return entries.map { Entry(path: $0.path, split: .validation) }
        }
    }

    private func listed(_ suffixes: [String], _ output: FolderIdentity?, _ skipped: inout [SkippedFile]) throws
        -> [Entry]
    {
        if path.isEmpty && access(folder.cPath, F_OK) != 0 {
            throw TrainingError.dataSetNowhere(name: name, standard: folder)
        }
        guard access(folder.cPath, F_OK) == 0 else {
            throw TrainingError.corpus(
                path: folder, problem: "there is no such file or folder, where the data set \(name) should lie")
        }
        if Maestro.isThere(folder) {
            return try Maestro.rows(folder).map { Entry(path: "\(folder)/\($0.file)", split: $0.split) }
        }
        return try musicFiles(folder, suffixes, output: output, skipped: &skipped).map { Entry(path: $0, split: nil) }
    }

    /// With places that mean the same from everywhere, and what a model's card must say of a known set.
    var resolved: DataSet {
        var set = self
        if !path.isEmpty { set.path = absolute(path) }
        if !exclude.isEmpty { set.exclude = absolute(exclude) }
        if Maestro.isThere(folder) {
            if about.isEmpty { set.about = Maestro.about }
            if licence.isEmpty { set.licence = Maestro.licence }
        }
        return set
    }

    /// A file or folder a line; # begins a comment where a line begins or after a blank (there is music in C# minor).
    private static func exclusions(_ path: String) throws -> [String] {
        let text = String(path: try readFile(path, limit: 1 << 24))
        return text.split(whereSeparator: \.isNewline).compactMap { line in
            var end = line.startIndex
            var before: Character = " "
            while end < line.endIndex, !(line[end] == "#" && before.isWhitespace) {
                before = line[end]
                end = line.index(after: end)
            }
            var name = line[..<end].drop(while: \.isWhitespace)
            while let last = name.last, last.isWhitespace || last == "/" { name.removeLast() }
            return name.isEmpty ? nil : String(name)
        }
    }

    /// The split of a file that no list assigns: one in ten validates. It stays where it is when others come and go.
    static func split(hash: UInt64) -> Split { hash % 10 == 0 ? .validation : .train }
}

/// A place that means the same from everywhere.
func absolute(_ path: String) -> String {
    path.utf8.first == UInt8(ascii: "/") ? path : currentFolder() + "/" + path
}

/// The folder of the data sets that are known by name.
func standardData() -> String { environmentVariable("CONTINUO_DATA") ?? "../shared/data" }

/// Where music lies when the user names none: MAESTRO.
public func standardCorpus() throws(TrainingError) -> String {
    let folder = standardData() + "/maestro"
    guard access(folder.cPath, F_OK) == 0 else { throw .noMusic(standard: folder) }
    return folder
}

/// A file of music itself, or all below a folder whose names end with one of the suffixes, sorted by name. A folder in it that
/// cannot be read is listed like a file, and will be told as one that cannot be read. What trainings wrote is never music:
/// such folders in it are left out, each told once; named by itself it is refused.
/// - Parameters:
///   - suffixes: of the files that the representation reads (`Representation.fileSuffixes`).
///   - output: output folder of the command that asks.
///   - skipped: gets the folders that were left out.
func musicFiles(
    _ path: String, _ suffixes: [String], output: FolderIdentity? = nil, skipped: inout [SkippedFile]
) throws -> [String] {
    var status = stat()
    guard stat(path.cPath, &status) == 0 else {
        throw TrainingError.corpus(path: path, problem: "there is no such file or folder")
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
        if TrainingOutput(folder: folder(of: path)) == .report {
            throw TrainingError.corpus(
                path: path, problem: "it belongs to the report of a training, which is never music")
        }
        return [path]
    }
    if let kind = TrainingOutput(folder: path, own: output) {
        let advice = kind == .own ? "choose another one with -o" : "name the folder of your music"
        throw TrainingError.corpus(path: path, problem: "\(kind.description); \(advice)")
    }
    var outputs: [SkippedFile] = []
    let files = filesBelow(
        path, where: { name in suffixes.contains { name.lowercased().hasSuffix($0) } },
        enters: { folder in
            guard let kind = TrainingOutput(folder: folder, own: output) else { return true }
            outputs.append(SkippedFile(path: folder, reason: "\(folder): \(kind.description)", isFolder: true))
            return false
        })
    guard let files else { throw TrainingError.corpus(path: path, problem: "the folder cannot be read") }
    if files.isEmpty {
        let kind = suffixes == MIDIFile.suffixes ? "MIDI file" : "file to read"
        let names = suffixes.map { "*" + $0 }.joined(separator: ", ")
        let besides = outputs.first.map { ", besides what trainings wrote, such as \($0.path)" } ?? ""
        throw TrainingError.corpus(path: path, problem: "no \(kind) (\(names)) is below it\(besides)")
    }
    skipped += outputs.filter { !skipped.contains($0) }.sorted { $0.path < $1.path }
    return files.map { "\(path)/\($0)" }
}
