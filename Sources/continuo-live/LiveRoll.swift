/// The terminal's piano roll, while it sounds.

import Commands
import Duet
import Glibc
import Realtime
import Score

struct LiveRoll {
    private static let interval: Int64 = 100_000_000
    private var roll: TerminalRoll
    private var next: Int64
    /// Keys struck since the last line, which may be silent again already.
    private var human: Set<UInt8> = []
    private var machine: Set<UInt8> = []

    init() {
        let isTerminal = isatty(1) == 1
        var size = winsize()
        let known = isTerminal && ioctl(1, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        roll = TerminalRoll(columns: known ? min(Int(size.ws_col), 88) : 88, colour: isTerminal)
        next = monotonicNanoseconds() + Self.interval
        print(
            isTerminal ? "\u{1B}[0;94m█ player\u{1B}[0m  \u{1B}[0;38;5;208m█ Continuo\u{1B}[0m" : "# player  O Continuo"
        )
        print(roll.ruler)
        fflush(nil)
    }

    mutating func note(_ heard: FrameMessage, machineChannel: UInt8) {
        let message = heard.message
        guard message.status & 0xF0 == 0x90 && message.data2 > 0 else { return }
        if message.status & 0x0F == machineChannel {
            machine.insert(message.data1)
        } else {
            human.insert(message.data1)
        }
    }

    /// Draws a line if it is time for one.
    mutating func draw(_ take: Take) {
        guard monotonicNanoseconds() >= next else { return }
        next += Self.interval
        print(roll.line(human: human.union(take.human), machine: machine.union(take.machine)))
        fflush(nil)
        (human, machine) = ([], [])
    }
}
