import Glibc
import Score

/// One live line on a terminal, plain lines elsewhere.
struct Progress {
    private let total: Int
    private let isTerminal = isatty(STDOUT_FILENO) == 1
    private var start = 0.0
    private var startTokens = 0
    private var tokens = 0
    private var lastShown = 0.0
    private var lastTokens = 0
    private var nats: [Double] = []
    private var notes = 0
    private var highestNorm: Float = 0
    private var validation = ""

    init(total: Int) { self.total = total }

    mutating func begin(at tokens: Int) {
        start = seconds()
        startTokens = tokens
        self.tokens = tokens
        lastShown = start
        lastTokens = tokens
    }

    mutating func update(tokens: Int, tally: Tally, notes: Int, norm: Float) {
        self.tokens = tokens
        if nats.isEmpty { nats = tally.nats.map { _ in 0 } }
        for k in nats.indices { nats[k] += tally.nats[k] }
        self.notes += notes
        highestNorm = max(highestNorm, norm)
        if seconds() - lastShown >= (isTerminal ? 1 : 15) { show() }
    }

    mutating func validated(_ evaluation: Evaluation) {
        validation = fixed(evaluation.natsPerNote, 3)
        let fields = evaluation.fields.map { "\($0.name) \(fixed($0.nats / Double(max(1, evaluation.notes)), 3))" }
        line("\(counted(tokens, "token")): validation \(validation) nats a note (\(fields.joined(separator: ", ")))")
    }

    mutating func finish() {
        if notes > 0 { show() }
        if isTerminal { print() }
    }

    private mutating func show() {
        let now = seconds()
        let rate = Double(tokens - lastTokens) / max(now - lastShown, 1e-9)
        let average = Double(tokens - startTokens) / max(now - start, 1e-9)
        let left = Int(Double(max(0, total - tokens)) / max(average, 1))
        let fraction = Double(tokens) / Double(max(total, 1))
        let notes = Double(max(self.notes, 1))
        let losses = nats.map { fixed($0 / notes, 2) }.joined(separator: "+")
        let text =
            "\(bar(fraction)) \(fixed(100 * fraction, 1)) % · \(Int(rate)) tokens/s · \(fixed(nats.reduce(0, +) / notes, 3)) nats a note"
            + " (\(losses)) · norm ≤ \(fixed(Double(highestNorm), 2)) · validation \(validation.isEmpty ? "–" : validation)"
            + " · \(left / 60):\(left % 60 < 10 ? "0" : "")\(left % 60) left"
        if isTerminal {
            print("\r\u{1B}[K" + text.prefix(columns - 1), terminator: "")
        } else {
            print(text)
        }
        fflush(nil)
        lastShown = now
        lastTokens = tokens
        nats = []
        self.notes = 0
        highestNorm = 0
    }

    /// A line that wraps could not be written over.
    private var columns: Int {
        var size = winsize()
        return ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }

    private func line(_ text: String) {
        print((isTerminal ? "\r\u{1B}[K" : "") + text)
        fflush(nil)
    }
}

/// The line that stands while files are read for the first time.
struct ReadingProgress {
    private let name: String
    private let total: Int
    private let isTerminal = isatty(STDOUT_FILENO) == 1
    private let start = seconds()

    init(_ name: String, total: Int) {
        self.name = name
        self.total = total
    }

    mutating func show(_ done: Int) {
        guard isTerminal else { return }
        print(
            "\r\u{1B}[K\(name): \(bar(Double(done) / Double(max(total, 1)))) \(done) of \(counted(total, "file"))",
            terminator: "")
        fflush(nil)
    }

    func finish() {
        print(
            (isTerminal ? "\r\u{1B}[K" : "")
                + "\(name): \(counted(total, "file")) made tokens of in \(fixed(seconds() - start, 1)) s")
    }
}

/// 0…1 in 20 cells.
private func bar(_ fraction: Double) -> String {
    let cells = max(0, min(20, Int(fraction * 20)))
    return String(repeating: "█", count: cells) + String(repeating: "░", count: 20 - cells)
}
