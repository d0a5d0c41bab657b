import OSC
import Testing
import continuo

/// What `continuo top` draws of what it is told.
@Suite struct TopViewTests {
    private func reply(_ address: String, _ rest: OSCMessage.Argument...) -> OSCMessage {
        OSCMessage("/continuo/reply", [.string("/continuo/" + address)] + rest)
    }

    private func note(_ player: String, _ kind: String, _ key: Int64) -> OSCMessage {
        OSCMessage(
            "/continuo/notes", [.string(player), .string(kind), .int(1), .int(key), .int(70), .float(-0.01)])
    }

    /// A second of music: the player's C major chord, then the machine's E, with a G planned.
    private func view(columns: Int, colour: Bool = false) -> TopView {
        var view = TopView(columns: columns, colour: colour)
        let figures: [(String, OSCMessage.Argument)] = [
            ("preset", .string("maestro\u{1B}-small")), ("phase", .string("replying")), ("port", .string("jack")),
            ("sample-rate", .int(48000)), ("buffer", .int(128)), ("played", .int(7)), ("late", .int(0)),
            ("dropped", .int(2)), ("step-p50-us", .float(18.5)), ("step-p99-us", .float(40)),
            ("step-max-us", .float(61.25)), ("callback-p50-us", .float(5)), ("callback-p99-us", .float(9)),
            ("callback-max-us", .float(12)),
        ]
        for (name, value) in figures { view.take(reply("status", .string(name), value)) }
        view.take(reply("status"))
        for (name, value, unit) in [("patience", 300.0, "ms"), ("thru", 1, "0/1"), ("top-p-key", 0.98, "")] {
            let values: [OSCMessage.Argument] =
                unit == "0/1" ? [.string("off"), .float(0), .string("on"), .float(1)] : []
            view.take(
                OSCMessage(
                    "/continuo/reply",
                    [
                        .string("/continuo/list"), .string(name), .float(value), .float(0), .float(1), .float(0),
                        .string(unit), .string(""),
                    ] + values))
        }
        view.take(reply("list"))
        for (name, upTo, count) in [("step", 16.0, 1), ("step", 32, 8), ("callback", 8, 4)] {
            view.take(reply("histogram", .string(name), .float(upTo), .int(Int64(count))))
            if upTo != 16 { view.take(reply("histogram")) }
        }
        for key in [60, 64, 67] as [Int64] { view.take(note("human", "on", key)) }
        view.step()
        view.step()
        for key in [60, 64, 67] as [Int64] { view.take(note("human", "off", key)) }
        view.take(note("machine", "on", 76))
        view.take(OSCMessage("/continuo/plan", [.int(79), .int(60), .float(0.32), .int(79), .int(0), .float(0.5)]))
        view.step()
        return view
    }

    @Test func looksLikeThis() {
        var view = view(columns: 64)
        let shown = view.lines(rows: 20).map { line in
            String(line.reversed().drop { $0 == " " }.reversed())
        }
        #expect(shown == Self.picture.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
    }

    private static let picture = """
        continuo maestro-small  the machine's turn  jack 48000 Hz 128 fr

          .       .        .        .        .       .        .        .
          .       .        .        .        .       .        .        .
          .       .        .        .        .    O  .        .        .
          .       .        .        .        .       .        .        .
          .       .        .        .        .       .        .        .
          C1      C2       C3       C4       C5      C6       C7
          .       .        .        .        .  O    .        .        .
          .       .        .        |  | |   .       .        .        .
          .       .        .        #  # #   .       .        .        .




        step µs: median 18.5, 99 % 40, most 61.25   16 (1)  32 (8)
        callback µs: median 5, 99 % 9, most 12   8 (4)

        played 7   late 0     dropped 2
        0 lines above, 2 below: arrow keys
        """

    /// No line is longer than the terminal, none is beyond its last row, whatever its size, and none is drawn at another.
    @Test func fitsAnyTerminal() {
        for colour in [false, true] {
            var view = view(columns: 100, colour: colour)
            for (columns, rows) in [(200, 60), (80, 24), (60, 18), (30, 8), (7, 3), (1, 1)] {
                view.columns = columns
                let lines = view.lines(rows: rows)
                #expect(lines.count <= rows && !lines.isEmpty)
                for line in lines {
                    let seen = line.replacing(/\u{1B}\[[0-9;]*m/, with: "")
                    #expect(seen.count <= columns && !seen.contains("\u{1B}"), "\(columns): \(seen)")
                }
            }
        }
    }

    @Test func whatIsWrongIsRed() {
        var view = view(columns: 80, colour: true)
        let lines = view.lines(rows: 24).joined(separator: "\n")
        #expect(lines.contains("\u{1B}[0;1;31mdropped 2") && !lines.contains("31mlate"))
        view = self.view(columns: 80)
        view.isGone = true
        #expect(view.lines(rows: 24).first == "continuod has gone; waiting")
    }

    /// As many parameters and figures as there are, in a terminal of the usual size: whatever is not shown is told, and each
    /// line can be reached.
    @Test func whatDoesNotFitIsScrolledThrough() {
        var view = view(columns: 80)
        for number in 0..<24 {
            view.take(
                reply(
                    "list", .string("parameter-\(number)"), .float(1), .float(0), .float(1), .float(0), .string("unit"),
                    .string("")))
        }
        view.take(reply("list"))
        let names = (0..<24).map { "parameter-\($0) 1 unit" }
        var all = view
        let whole = all.lines(rows: nil)
        for name in names { #expect(whole.contains { $0.contains(name) }, "\(name)") }
        #expect(!whole.contains { $0.contains("below") })

        var lines = view.lines(rows: 24)
        #expect(lines.count == 24)
        var seen = lines
        for _ in 0..<100 {
            let match = lines.last?.firstMatch(of: /^(\d+) lines above, (\d+) below: arrow keys/)
            guard let match, let above = Int(match.1), let below = Int(match.2) else {
                Issue.record("\(lines.last ?? "")")
                return
            }
            #expect(above == view.scrolled)
            if below == 0 { break }
            view.scrolled += 1
            lines = view.lines(rows: 24)
            seen += lines
        }
        for name in names { #expect(seen.contains { $0.contains(name) }, "\(name)") }
        // Too far is as far as it goes.
        let end = view.scrolled
        view.scrolled += 50
        #expect(view.lines(rows: 24) == lines && view.scrolled == end)
        view.scrolled = -3
        #expect(view.lines(rows: 24).last?.hasPrefix("0 lines above") == true && view.scrolled == 0)
        // A terminal that has room for all says nothing.
        #expect(!view.lines(rows: 60).contains { $0.contains("below") })
    }
}
