import Files
import Glibc
import Score

/// Music to learn from: a folder of MIDI files, whatever their origin.
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
    /// - Parameter unmatched: gets what the list of exclusions names and the set does not have.
    func entries(unmatched: inout [String]) throws -> [Entry] {
        var entries = try listed()
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

    private func listed() throws -> [Entry] {
        if Maestro.isThere(folder) {
            return try Maestro.rows(folder).map { Entry(path: "\(folder)/\($0.file)", split: $0.split) }
        }
        return try midiFiles(folder).map { Entry(path: $0, split: nil) }
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

/// Where music lies when neither recipe nor user says so.
public func standardCorpus() -> String { standardData() + "/maestro" }

/// What a MIDI file's name ends with, in capitals or not.
private let midiSuffixes = [".mid", ".midi", ".kar", ".rmi", ".smf"]

/// A MIDI file itself, or all below a folder whose names end as a MIDI file's do, sorted by name. A folder in it that
/// cannot be read is listed like a file, and will be told as one that cannot be read.
func midiFiles(_ path: String) throws -> [String] {
    var status = stat()
    guard stat(path.cPath, &status) == 0 else {
        throw TrainingError.corpus(path: path, problem: "there is no such file or folder")
    }
    guard status.st_mode & S_IFMT == S_IFDIR else { return [path] }
    let files = filesBelow(path) { name in midiSuffixes.contains { name.lowercased().hasSuffix($0) } }
    guard let files else { throw TrainingError.corpus(path: path, problem: "the folder cannot be read") }
    if files.isEmpty {
        let names = midiSuffixes.map { "*" + $0 }.joined(separator: ", ")
        throw TrainingError.corpus(path: path, problem: "no MIDI file (\(names)) is below it")
    }
    return files.map { "\(path)/\($0)" }
}
