import ArgumentParser
import Commands
import Glibc
import Instrument
import OSC
import Presets
import Realtime

struct Top: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Watch the instrument in the terminal while it plays.",
        discussion: """
            A piano roll of both players with what the machine means to play above it; whose turn it is, parameters, how \
            long steps and plans take, and what came late. All of it comes over OSC from a continuod of this machine; \
            from elsewhere: ssh -t HOST continuo top. Where the terminal is too low for all of it, the arrow keys and those \
            for pages scroll; q ends it.

            Example: continuo top
            """)

    @Option(help: "UDP port that continuod listens on for OSC.")
    var oscPort: UInt16 = 9000
    @Option(help: "Print what has been seen after so many seconds, and end; what happens where there is no terminal.")
    var once: Double?

    func validate() throws {
        guard once.map({ (0...3600).contains($0) }) ?? true else {
            throw ValidationError("--once takes 0…3600 seconds")
        }
    }

    func run() throws {
        try attempt {
            let client = try OSCClient(port: oscPort)
            guard client.ask(OSCMessage("/continuo/ping")) != nil else {
                throw ControlError.refused(
                    "no continuod answers on UDP port \(oscPort) of this machine; start it, or give its --osc-port")
            }
            let isTerminal = isatty(STDOUT_FILENO) == 1
            if once != nil || !isTerminal { try print(after: once ?? 1, client) } else { try watch(client) }
        }
    }

    private func print(after seconds: Double, _ client: OSCClient) throws {
        var view = TopView(columns: Screen.size?.columns ?? 100, colour: false)
        try follow(client, &view, until: { $0 >= Int64(seconds * 1e9) }, draw: { _ in })
        Swift.print(view.lines(rows: nil).joined(separator: "\n"))
    }

    private func watch(_ client: OSCClient) throws {
        let screen = try Screen()
        defer { screen.leave() }
        var view = TopView(columns: Screen.size?.columns ?? 80, colour: true)
        try follow(
            client, &view, until: { _ in screen.isLeaving },
            draw: { view in
                let size = Screen.size ?? (rows: 24, columns: 80)
                view.columns = size.columns
                view.scrolled += screen.scroll(page: size.rows / 3)
                screen.show(view.lines(rows: size.rows), columns: size.columns)
            })
    }

    /// Ten times a second takes what has come, and draws.
    private func follow(
        _ client: OSCClient, _ view: inout TopView, until isOver: (Int64) -> Bool, draw: (inout TopView) -> Void
    ) throws {
        let start = monotonicNanoseconds()
        var (frame, silence) = (0, 0)
        while !isOver(monotonicNanoseconds() - start) {
            // Subscribed for longer than it takes to come round: who is killed is soon forgotten.
            if frame % 50 == 0 {
                for feed in Feed.allCases {
                    client.send(OSCMessage("/continuo/subscribe", [.string(feed.rawValue), .float(15)]))
                }
            }
            if frame % 10 == 0 {
                client.send(OSCMessage("/continuo/list"))
                for name in view.timed { client.send(OSCMessage("/continuo/histogram", [.string(name)])) }
            }
            frame += 1
            let end = start + Int64(frame) * 100_000_000
            var messages = 0
            while case let left = (end - monotonicNanoseconds()) / 1_000_000, left >= 0 {
                guard let message = client.next(within: Int(left)) else { break }
                view.take(message)
                messages += 1
            }
            silence = messages == 0 ? silence + 1 : 0
            view.isGone = silence >= 20
            view.step()
            draw(&view)
            // Nobody listens on the port: answers come at once, and are errors.
            while monotonicNanoseconds() < end { usleep(5000) }
        }
        client.send(OSCMessage("/continuo/unsubscribe"))
    }
}
