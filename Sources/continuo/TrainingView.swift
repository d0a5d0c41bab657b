import Files
import Glibc
import Realtime
import Score
import Synchronization
import Training

/// Shows a training on standard output: one live line on a terminal, plain lines elsewhere.
final class TrainingView: @unchecked Sendable {
    // Unchecked: a training tells its events on one thread.
    private static let isInterrupted = Atomic(false)
    private var total = 0
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
    private var unit = "note"

    /// Whether SIGINT or SIGTERM has come since `catchSignals`.
    static var isStopping: Bool { isInterrupted.load(ordering: .relaxed) }

    /// From here on these signals ask for a checkpoint and the end.
    static func catchSignals() {
        for number in [SIGINT, SIGTERM] {
            signal(number) { _ in TrainingView.isInterrupted.store(true, ordering: .relaxed) }
        }
    }

    func take(_ event: TrainingEvent) {
        switch event {
        case .note(let text):
            printLine(text)
            fflush(nil)
        case .reading(let name, let done, let total): reading(name, done, total)
        case .read(let name, let files, let seconds):
            line("\(name): \(counted(files, "file")) made tokens of in \(fixed(seconds, 1)) s")
        case .began(let tokens, let total, let unit):
            self.unit = unit
            begin(at: tokens, of: total)
        case .updated(let update): updated(update)
        case .validated(let evaluation, let tokens): validated(evaluation, tokens)
        case .ended: finish()
        }
    }

    private func seconds() -> Double { Double(monotonicNanoseconds()) * 1e-9 }

    private func begin(at tokens: Int, of total: Int) {
        self.total = total
        start = seconds()
        startTokens = tokens
        self.tokens = tokens
        lastShown = start
        lastTokens = tokens
    }

    private func updated(_ update: TrainingEvent.Update) {
        tokens = update.tokens
        if nats.isEmpty { nats = update.nats.map { _ in 0 } }
        for k in nats.indices { nats[k] += update.nats[k] }
        notes += update.notes
        highestNorm = max(highestNorm, update.gradientNorm)
        if seconds() - lastShown >= (isTerminal ? 1 : 15) { show() }
    }

    private func validated(_ evaluation: Evaluation, _ tokens: Int) {
        validation = fixed(evaluation.natsPerNote, 3)
        let fields = evaluation.fields.map { "\($0.name) \(fixed($0.nats / Double(max(1, evaluation.notes)), 3))" }
        line(
            "\(counted(tokens, "token")): validation \(validation) nats a \(evaluation.unit) (\(fields.joined(separator: ", ")))"
        )
    }

    private func finish() {
        if notes > 0 { show() }
        if isTerminal { print() }
    }

    private func show() {
        let now = seconds()
        let rate = Double(tokens - lastTokens) / max(now - lastShown, 1e-9)
        let average = Double(tokens - startTokens) / max(now - start, 1e-9)
        let left = Int(Double(max(0, total - tokens)) / max(average, 1))
        // The last update may go beyond the end.
        let fraction = min(1, Double(tokens) / Double(max(total, 1)))
        let notes = Double(max(self.notes, 1))
        let losses = nats.map { fixed($0 / notes, 2) }.joined(separator: "+")
        let text =
            "\(bar(fraction)) \(fixed(100 * fraction, 1)) % · \(Int(rate)) tokens/s · \(fixed(nats.reduce(0, +) / notes, 3)) nats a \(unit)"
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

    private func reading(_ name: String, _ done: Int, _ total: Int) {
        guard isTerminal else { return }
        let fraction = Double(done) / Double(max(total, 1))
        print("\r\u{1B}[K\(name): \(bar(fraction)) \(done) of \(counted(total, "file"))", terminator: "")
        fflush(nil)
    }

    private func line(_ text: String) {
        print((isTerminal ? "\r\u{1B}[K" : "") + text)
        fflush(nil)
    }
}

/// 0…1 in 20 cells.
private func bar(_ fraction: Double) -> String {
    let cells = max(0, min(20, Int(fraction * 20)))
    return String(repeating: "█", count: cells) + String(repeating: "░", count: 20 - cells)
}
