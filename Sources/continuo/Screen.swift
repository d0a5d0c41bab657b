/// A terminal that is drawn on: ECMA-48 control sequences, as every terminal of Linux knows them.

import Control
import Glibc
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

    /// Whether q was struck, or a signal came.
    var isLeaving: Bool {
        var event = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        while poll(&event, 1, 0) > 0 {
            var key: UInt8 = 0
            guard read(STDIN_FILENO, &key, 1) == 1 else { return true }
            if key == UInt8(ascii: "q") || key == UInt8(ascii: "Q") { return true }
        }
        return Self.isInterrupted.load(ordering: .relaxed)
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
