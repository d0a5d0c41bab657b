import Files

/// The tunes of a file (ABC 2.1, section 2.2 "Abc file structure").
public struct ABCCollection: Sendable {
    /// A tune that was left out, and why.
    public struct Damaged: Equatable, Sendable {
        /// X: and T: of its first lines, as far as they are there.
        public var name: String
        /// Where it begins.
        public var position: ABCPosition
        public var error: ABCError
    }

    /// What the names of ABC files end with, in capitals or not.
    public static let suffixes = [".abc"]

    /// In the order of the file; each can be played.
    public private(set) var tunes: [ABCTune] = []
    /// In the order of the file; none if the file was read strictly.
    public private(set) var damaged: [Damaged] = []

    /// Reads a whole file.
    /// - Parameter leavingOutDamaged: whether damaged tunes are left out and named, as collections need it; else the
    ///   first one is the error.
    public init(bytes: [UInt8], leavingOutDamaged: Bool = false) throws(ABCError) {
        let text = ABCText(bytes)
        let (header, tunes) = Self.parts(of: text)
        let defaults = Self.defaults(text, header)
        guard !tunes.isEmpty else { throw ABCError(.noTune, at: ABCPosition(line: 1, column: 1)) }
        for lines in tunes {
            do throws(ABCError) {
                let tune = try ABCTuneParser.tune(text, lines, defaults: defaults)
                _ = try tune.performance()
                self.tunes.append(tune)
            } catch {
                guard leavingOutDamaged else { throw error }
                let position = ABCPosition(line: lines.lowerBound + 1, column: 1)
                damaged.append(Damaged(name: Self.name(text, lines), position: position, error: error))
            }
        }
    }

    /// - Throws: `FileError` if the file cannot be read, `ABCError` if it is not ABC.
    public init(path: String, leavingOutDamaged: Bool = false) throws {
        do {
            try self.init(bytes: readFile(path, limit: 1 << 24), leavingOutDamaged: leavingOutDamaged)
        } catch var error as ABCError {
            error.path = path
            throw error
        }
        for index in damaged.indices { damaged[index].error.path = path }
    }

    /// The first tune of a file, whatever the others are like.
    /// - Returns: the tune, and how many there are.
    public static func firstTune(path: String) throws -> (tune: ABCTune, count: Int) {
        let collection = try ABCCollection(path: path, leavingOutDamaged: true)
        let count = collection.tunes.count + collection.damaged.count
        let damaged = collection.damaged.first
        guard let tune = collection.tunes.first, damaged.map({ tune.position.line < $0.position.line }) ?? true else {
            // Without tunes there would be an error before.
            throw damaged!.error
        }
        return (tune, count)
    }

    /// Fields of the file's header that hold for all tunes.
    static func defaults(_ text: ABCText, _ header: Range<Int>) -> [ABCField] {
        header.compactMap { ABCField(text.lines[$0][...].withoutComment.trimmed, line: $0 + 1) }
            .filter { "LMQ".contains($0.letter) }
    }

    /// Lines of the file's header and of each tune: from X: to an empty line or the next X:.
    static func parts(of text: ABCText) -> (header: Range<Int>, tunes: [Range<Int>]) {
        var tunes: [Range<Int>] = []
        var header: Range<Int>?
        var start: Int?
        for (index, line) in text.lines.enumerated() {
            let isEmpty = line.allSatisfy(\.isABCSpace)
            let startsTune = ABCField(line[...].withoutComment.trimmed, line: 1)?.letter == "X"
            guard isEmpty || startsTune else { continue }
            if let start { tunes.append(start..<index) }
            if header == nil { header = startsTune ? 0..<0 : 0..<index }
            start = startsTune ? index : nil
        }
        if let start { tunes.append(start..<text.lines.count) }
        return (header ?? 0..<0, tunes)
    }

    private static func name(_ text: ABCText, _ lines: Range<Int>) -> String {
        let fields = lines.prefix(10).compactMap { ABCField(text.lines[$0][...].withoutComment.trimmed, line: $0 + 1) }
        return ["X", "T"].compactMap { letter in fields.first { $0.letter == letter } }
            .map { "\($0.letter):\(ABCError.plain($0.text))" }.joined(separator: " ")
    }
}
