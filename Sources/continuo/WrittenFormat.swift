import ArgumentParser

/// A format that a command writes, and the names that its files may have: what is named a picture in PNG is none.
struct WrittenFormat {
    /// In words.
    let name: String
    let suffixes: [String]

    static let midi = WrittenFormat(name: "a Standard MIDI File", suffixes: ["mid", "midi", "smf", "kar"])
    static let abc = WrittenFormat(name: "a tune in ABC", suffixes: ["abc"])
    static let svg = WrittenFormat(name: "a picture in SVG", suffixes: ["svg"])

    /// Whether a file's name says that it has this format.
    func names(_ path: String) -> Bool { suffixes.contains { path.lowercased().hasSuffix("." + $0) } }

    /// - Throws: `ValidationError` if `path` names another format. A name without a suffix names none.
    func check(_ path: String) throws {
        let name = path.utf8.split(separator: UInt8(ascii: "/")).last.map { String(Substring($0)) } ?? ""
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count > 1, let suffix = parts.last, (2...5).contains(suffix.utf8.count),
            suffix.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) }), !suffixes.contains(suffix.lowercased())
        else { return }
        throw ValidationError(
            "\(path): what is written is \(self.name), not .\(suffix); name it .\(suffixes[0]), or convert it afterwards"
        )
    }
}
