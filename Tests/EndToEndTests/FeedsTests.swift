import Glibc
import Instrument
import Network
import OSC
import Presets
import Processes
import Realtime
import Testing

extension EndToEndTests {
    /// Over a real server: what a subscriber is told is what is played.
    @Suite struct FeedsTests {
        @Test func tellsWhatIsPlayedAndWhatWillBe() throws {
            let concert = try Concert("feeds")
            defer { concert.end() }
            try concert.start()
            for feed in Feed.allCases { concert.osc.send(OSCMessage("/continuo/subscribe", [.string(feed.rawValue)])) }
            var told = Told()
            // On a busy machine the server may drop a cycle of the player's, so it may take a second phrase to play all keys.
            for _ in 0..<10 where told.human.count < 4 {
                let replies = concert.take.replies.count
                concert.play()
                // Read all the while: the socket keeps no more than some hundred messages.
                try concert.listen(orFail: "no answer") { take in
                    told.read(concert.osc)
                    return take.replies.count > replies && take.machine.count >= 3
                }
            }
            let top = try ChildProcess([sibling("continuo"), "top", "--osc-port", "\(concert.port)", "--once", "2"])
            try concert.listen(orFail: "continuo top does not end") { _ in
                told.read(concert.osc)
                return top.hasEnded(within: 0) != nil
            }
            told.read(concert.osc)
            #expect(told.human == [60, 64, 67, 72], "\(told)")
            #expect(told.faults == [])
            #expect(told.machine.count >= 3 && told.machine.isSubset(of: told.planned), "\(told)")
            // The horizon is 400 ms, and some more for what was planned last; a cycle or two have gone since.
            #expect(told.farthest > 0.1 && told.farthest < 30)
            #expect(told.figures.contains("played") && told.figures.contains("phase"))
            #expect(top.hasEnded(within: 10) == .exited(0), "\(top.said)")
            for part in ["good", "jack", "patience 300 ms", "step µs: median", "takeovers"] {
                #expect(top.printed.contains(part), "\(part) in \(top.printed)")
            }
            try concert.leave()
        }

        /// What a subscriber to everything has been told.
        private struct Told {
            var human: Set<Int64> = []
            var machine: Set<Int64> = []
            var planned: Set<Int64> = []
            var farthest = -Double.infinity
            var figures: Set<String> = []
            var faults: [OSCMessage] = []

            mutating func read(_ client: OSCClient) {
                while let message = client.next(within: 0) {
                    switch message.address {
                    case "/continuo/notes": note(message)
                    case "/continuo/plan": plan(message.arguments)
                    case "/continuo/reply":
                        if case .string(let name)? = message.arguments.dropFirst().first { figures.insert(name) }
                    default: faults.append(message)
                    }
                }
            }

            private mutating func note(_ message: OSCMessage) {
                guard message.arguments.count == 6, case .string(let player) = message.arguments[0],
                    case .string(let kind) = message.arguments[1], case .int(let key) = message.arguments[3],
                    // Heard, and not long ago, even where the machine is busy.
                    case .float(let seconds) = message.arguments[5], seconds <= 0 && seconds > -5
                else { return faults.append(message) }
                if kind == "on" { _ = player == "human" ? human.insert(key) : machine.insert(key) }
            }

            private mutating func plan(_ arguments: [OSCMessage.Argument]) {
                for start in stride(from: 0, to: arguments.count - 2, by: 3) {
                    guard case .int(let key) = arguments[start], case .float(let seconds) = arguments[start + 2] else {
                        continue
                    }
                    planned.insert(key)
                    farthest = max(farthest, seconds)
                }
            }
        }

        /// A preset that is written anew under the daemon is played; a damaged one is not.
        @Test func presetsAreReadAgainWhenTheyChange() throws {
            let files = try BadFiles()
            let port = try OSCClient.freePort()
            let daemon = try ChildProcess([
                sibling("continuod"), "--no-state", "--presets", files.folder, "--preset", "good", "--server",
                "continuo-nobody",
                "--osc-port", "\(port)",
            ])
            defer { daemon.stop() }
            let osc = try OSCClient(port: port)
            func name() -> OSCMessage.Argument? { osc.status(within: 200)?["preset"] }
            func awaits(_ wanted: String) throws {
                try wait(seconds: 20, orFail: "the preset is not '\(wanted)'") { () throws(ProcessError) in
                    name() == .string(wanted)
                }
            }
            try awaits("good")
            try files.write(
                "good/preset.toml", Array("[preset]\nname = \"Better\"\n[parameters]\npatience = 700\n".utf8))
            func patience() -> OSCMessage.Argument? { osc.ask(OSCMessage("/continuo/param/patience"))?.arguments.last }
            try wait(seconds: 20, orFail: "not read again") { patience() == .float(700) }
            try files.write("good/preset.toml", Array("[preset]\nnonsense = 1\n".utf8))
            try wait(seconds: 20, orFail: "not told") { daemon.said.contains("its files have changed, but") }
            #expect(patience() == .float(700))
            let install = try ChildProcess([
                sibling("continuo"), "presets", "install", files.folder + "/other", "--name", "good", "--into",
                files.folder, "--replace",
            ])
            #expect(install.hasEnded(within: 20) == .exited(0), "\(install.said)")
            try wait(seconds: 20, orFail: "what was installed is not read") {
                daemon.printed.count(of: "info continuod: preset good") == 2
            }
        }
    }

    /// `continuo presets install`, killed whenever.
    @Suite struct PresetKillTests {
        /// 100 times at random moments: the preset is always a whole one, and what is left behind goes with the next.
        @Test func anInstallationIsWholeOrNotThere() throws {
            let files = try BadFiles()
            let presets = files.folder + "/installed"
            var generator = SystemRandomNumberGenerator()
            let sources = ["good", "other"].map { files.folder + "/" + $0 }
            func install(_ source: String) throws -> ChildProcess {
                try ChildProcess([
                    sibling("continuo"), "presets", "install", source, "--name", "night", "--into", presets,
                    "--replace",
                ])
            }
            let start = monotonicNanoseconds()
            #expect(try install(sources[0]).hasEnded(within: 20) == .exited(0))
            let whole = monotonicNanoseconds() - start
            for round in 0..<100 {
                let process = try install(sources[round % 2])
                usleep(UInt32.random(in: 0...UInt32(clamping: whole / 1000), using: &generator))
                process.signal(SIGKILL)
                _ = process.hasEnded(within: 5)
                let preset = try Preset.load(presets + "/night")
                _ = try Model.load(preset.model)
            }
            #expect(try install(sources[0]).hasEnded(within: 20) == .exited(0))
            let left = try ChildProcess(["ls", "-A", presets])
            #expect(left.hasEnded(within: 5) == .exited(0) && left.printed == "night\n", "\(left.printed)")
        }
    }
}

extension String {
    /// How often these words are in it.
    fileprivate func count(of words: String) -> Int { ranges(of: words).count }
}
