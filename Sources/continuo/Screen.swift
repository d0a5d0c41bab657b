/// A terminal that is drawn on: ECMA-48 control sequences, as every terminal of Linux knows them.

import Glibc
import Presets
import Synchronization

final class Screen {
    private static let isInterrupted = Atomic(false)
    private var before = termios()
    private var shown: [String] = []

    /// Takes the terminal over, until `leave`.
    init() throws(ControlError) {
        guard isatty(STDIN_FILENO) == 1, tcgetattr(STDIN_FILENO, &before) == 0 else {
            throw .refused("standard input is no terminal; try --once 5")
        }
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number) { _ in Screen.isInterrupted.store(true, ordering: .relaxed) }
        }
        var raw = before
        // Keys as they are struck, not shown.
        raw.c_lflag &= ~tcflag_t(ICANON | ECHO)
        tcsetattr(STDIN_FILENO, TCSANOW, &raw)
        // Another page of the terminal, which leaves the first as it was; no cursor.
        write("\u{1B}[?1049h\u{1B}[?25l\u{1B}[2J")
    }

    func leave() {
        write("\u{1B}[?25h\u{1B}[?1049l")
        tcsetattr(STDIN_FILENO, TCSANOW, &before)
    }

    private var isLeft = false
    private var lines = 0
    private var pages = 0

    /// Whether q was struck, or a signal came.
    var isLeaving: Bool {
        readKeys()
        return isLeft || Self.isInterrupted.load(ordering: .relaxed)
    }

    /// By how many lines the keys that were struck since the last time go down.
    /// - Parameter page: so many lines a page.
    func scroll(page: Int) -> Int {
        readKeys()
        defer { (lines, pages) = (0, 0) }
        return lines + pages * max(page, 1)
    }

    private func readKeys() {
        var event = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        while !isLeft && poll(&event, 1, 0) > 0 {
            var bytes = [UInt8](repeating: 0, count: 64)
            let count = read(STDIN_FILENO, &bytes, bytes.count)
            guard count > 0 else {
                isLeft = true
                return
            }
            take(String(decoding: bytes.prefix(count), as: UTF8.self))
        }
    }

    /// Arrow and page keys are control sequences, which a terminal sends in one piece.
    private func take(_ keys: String) {
        let sequences: [(String, Int, Int)] = [
            ("\u{1B}[A", -1, 0), ("\u{1B}OA", -1, 0), ("\u{1B}[B", 1, 0), ("\u{1B}OB", 1, 0), ("\u{1B}[5~", 0, -1),
            ("\u{1B}[6~", 0, 1), ("k", -1, 0), ("j", 1, 0), ("b", 0, -1), (" ", 0, 1),
        ]
        var rest = Substring(keys)
        while let first = rest.first {
            if let (key, line, page) = sequences.first(where: { rest.hasPrefix($0.0) }) {
                (lines, pages) = (lines + line, pages + page)
                rest = rest.dropFirst(key.count)
            } else {
                if first == "q" || first == "Q" { isLeft = true }
                rest = rest.dropFirst()
            }
        }
    }

    static var size: (rows: Int, columns: Int)? {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0, size.ws_col > 0 else { return nil }
        return (Int(size.ws_row), Int(size.ws_col))
    }

    private var columns = 0

    /// Sends only the lines that have changed: over ssh each byte counts.
    func show(_ lines: [String], columns: Int) {
        var text = ""
        if columns != self.columns || lines.count != shown.count {
            (self.columns, shown) = (columns, [])
            text = "\u{1B}[0m\u{1B}[2J"
        }
        for (row, line) in lines.enumerated() where row >= shown.count || shown[row] != line {
            text += "\u{1B}[\(row + 1);1H\(line)\u{1B}[0m\u{1B}[K"
        }
        shown = lines
        write(text)
    }

    private func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
