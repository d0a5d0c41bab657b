import Files
import Glibc
import Score

/// log.csv of a training: a line for each update. What a killed training wrote beyond its last checkpoint is taken back
/// when it is resumed, so that the file tells one training, without gap or doubling.
public final class TrainingLog {
    /// A line of the file, for curves.
    public struct Row: Sendable {
        public let tokens: Int
        public let natsPerNote: Double
        /// By field.
        public let fields: [Double]
        public let rate: Double
        public let validation: Double?

        public init(tokens: Int, natsPerNote: Double, fields: [Double], rate: Double, validation: Double?) {
            self.tokens = tokens
            self.natsPerNote = natsPerNote
            self.fields = fields
            self.rate = rate
            self.validation = validation
        }
    }

    let path: String
    private let file: UnsafeMutablePointer<FILE>

    private static let headBeginning = "update,tokens,nats_per_note,"

    /// Whether the file begins as a log does.
    static func isLog(_ path: String) -> Bool {
        firstBytes(path, headBeginning.utf8.count).map { $0.elementsEqual(headBeginning.utf8) } ?? false
    }

    /// - Parameters:
    ///   - fields: their names.
    ///   - updates: of the checkpoint that is gone on from; later lines are removed. 0 begins anew.
    init(_ path: String, fields: [String], keeping updates: Int) throws {
        self.path = path
        let old = updates == 0 ? [] : (try? Self.lines(path)) ?? []
        let head =
            "\(Self.headBeginning)\(fields.map { $0 + "_nats" }.joined(separator: ",")),rate,norm,tokens_per_s,validation"
        let kept = old.dropFirst().prefix { Int($0.prefix { $0 != "," }).map { $0 <= updates } ?? false }
        try writeAtomically(Array(([head] + kept.map(String.init)).joined(separator: "\n").utf8) + [10], to: path)
        guard let file = fopen(path.cPath, "ae") else {
            throw FileError.system("write", path)
        }
        self.file = file
    }

    deinit { fclose(file) }

    func add(
        update: Int, tokens: Int, _ result: (nats: [Double], notes: Int, norm: Float), rate: Float,
        tokensPerSecond: Double,
        validation: Double?
    ) throws {
        let notes = Double(max(result.notes, 1))
        let numbers = [result.nats.reduce(0, +) / notes] + result.nats.map { $0 / notes }
        let texts = numbers.map { "\(Float($0))" } + ["\(rate)", "\(result.norm)", "\(Int(tokensPerSecond))"]
        let line = "\(update),\(tokens),\(texts.joined(separator: ",")),\(validation.map { "\(Float($0))" } ?? "")\n"
        guard fputs(line, file) >= 0 else { throw fault() }
    }

    /// On disk, before a checkpoint says that it is.
    func flush() throws {
        guard fflush(file) == 0 else { throw fault() }
        fsync(fileno(file))
    }

    private func fault() -> FileError { .system("write", path) }

    private static func lines(_ path: String) throws -> [Substring] {
        String(decoding: try readFile(path, limit: 1 << 32), as: UTF8.self).split(separator: "\n")
    }

    /// What a file says; lines that are none are left out.
    public static func rows(_ path: String, fields: Int) throws -> [Row] {
        try lines(path).compactMap { line in
            let words = line.split(separator: ",", omittingEmptySubsequences: false)
            guard words.count == fields + 7, let tokens = Int(words[1]), let rate = Double(words[3 + fields]) else {
                return nil
            }
            let nats = words[2..<3 + fields].compactMap { Double($0) }
            guard nats.count == fields + 1 else { return nil }
            return Row(
                tokens: tokens, natsPerNote: nats[0], fields: Array(nats[1...]), rate: rate,
                validation: Double(words[6 + fields]))
        }
    }
}
