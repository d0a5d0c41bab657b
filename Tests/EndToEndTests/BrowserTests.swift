import Duet
import Foundation
import OSC
import Panel
import Performer
import Processes
import Score
import TestSupport
import Testing
import Visitor

extension EndToEndTests {
    /// `continuo panel` before a daemon on a real server.
    @Suite struct BrowserTests {
        /// Ends with the test.
        private func panel(of concert: Concert) throws -> (process: ChildProcess, url: String) {
            let process = try ChildProcess([
                sibling("continuo"), "panel", "--port", "0", "--osc-port", "\(concert.port)",
            ])
            let prefix = "The panel is at "
            try wait(seconds: 20, orFail: "no panel") { process.printed.contains("\n") }
            let line = try #require(process.printed.split(separator: "\n").first { $0.hasPrefix(prefix) })
            return (process, String(line.dropFirst(prefix.count)))
        }

        @Test func bothHandsAndThePlanReachThePage() throws {
            let concert = try Concert("panel")
            defer { concert.end() }
            try concert.start()
            let (process, url) = try panel(of: concert)
            defer { process.stop() }
            let port = try #require(URL(string: url)?.port)
            let page = try #require(Visitor.webSocket(port))
            page.say(#"{"do":"watch"}"#)
            let list = try #require(page.message("parameters")?["list"]?.elements)
            #expect(list.map { $0["name"]?.text } == Parameter.declarations.map(\.name))
            for (json, declaration) in zip(list, Parameter.declarations) {
                #expect(json["kind"] == .text("\(declaration.kind)"), "\(declaration.name)")
            }
            try concert.awaitChord()
            var (human, machine, planned): (Set<Double>, Set<Double>, Set<Double>) = ([], [], [])
            while human.count < 4 || machine.count < 3 || planned.isEmpty {
                guard let frame = page.hear(within: 10_000) else { break }
                guard let json = try? JSON(frame.data) else { continue }
                if let event = json["event"]?.elements, event[1] == "on", let key = event[3].number {
                    _ = event[0] == "human" ? human.insert(key) : machine.insert(key)
                }
                for (index, value) in (json["events"]?.elements ?? []).enumerated() where index % 3 == 0 {
                    if let key = value.number { planned.insert(key) }
                }
            }
            #expect(human == [60, 64, 67, 72] && machine.count >= 3 && machine.isSubset(of: planned))
            page.say(#"{"do":"set","name":"patience","value":800}"#)
            #expect(page.message("value")?["value"] == .number(800))
            #expect(concert.osc.ask(OSCMessage("/continuo/param/patience"))?.arguments.last == .float(800))
            #expect(Visitor.get(port, "/continuo/param/patience?VALUE")?.json == ["VALUE": [.number(800)]])
        }

        /// Buttons of the page and nodes of OSCQuery are addresses of the daemon.
        @Test func commandsAreOnesOfTheDaemon() throws {
            let names = PlainCommand.all.map(\.name)
            for name in names { #expect(OSCServer.addresses.contains("/continuo/" + name), "\(name)") }
            let page = try Repository.text("Sources/Panel/Page/page.html")
            #expect(Set(page.matches(of: /data-command="(\w+)"/).map { String($0.1) }) == Set(names))
        }

        @Test func wrongOptionsAreRefused() throws {
            for (words, status, said) in [
                (["--bind", "nowhere"], 64, "'nowhere' is no IP address such as"),
                (["--token", "short"], 64, "--token takes 8…256"),
                (["--bind", "192.0.2.1", "--port", "0"], 69, "cannot listen on 192.0.2.1"),
            ] as [([String], Int32, String)] {
                let process = try ChildProcess([sibling("continuo"), "panel"] + words)
                #expect(process.hasEnded(within: 20) == .exited(status), "\(words): \(process.said)")
                #expect(process.said.contains(said), "\(words): \(process.said)")
            }
        }

        /// In Chromium, while somebody plays: `make test-panel`.
        @Test(.enabled(if: ProcessInfo.processInfo.environment["CONTINUO_BROWSER"] != nil, "make test-panel"))
        func thePageWorksInABrowser() throws {
            let concert = try Concert(
                "browser",
                ["--presets", Repository.path("presets"), "--preset", "maestro-small", "--set", "shortest=3"])
            defer { concert.end() }
            try concert.start()
            let (process, url) = try panel(of: concert)
            defer { process.stop() }
            let pictures = ProcessInfo.processInfo.environment["CONTINUO_PICTURES"].map { $0.isEmpty ? [] : [$0] } ?? []
            let browser = try ChildProcess(["python3", Repository.path("Tests/Panel/browse"), url] + pictures)
            defer { browser.stop() }
            // A phrase of 8 seconds and the reply to it, again and again, until the browser has seen enough.
            let musician = concert.musician
            let phrase = try MIDIFile(path: Repository.path("demo/phrase.mid"))
                .phrase(channel: 0, sampleRate: musician.sampleRate)
            var next = musician.now
            try wait(seconds: 240, orFail: "the browser does not end: \(browser.said)") { () throws(ProcessError) in
                if musician.now >= next, musician.isResting {
                    musician.play(phrase, .at(musician.now + 4800))
                    next = musician.now + Int64(musician.sampleRate) * 14
                }
                concert.hear()
                return browser.hasEnded(within: 0) != nil
            }
            #expect(browser.hasEnded(within: 0) == .exited(0), "\(browser.said)")
            print(browser.said)
        }
    }
}
