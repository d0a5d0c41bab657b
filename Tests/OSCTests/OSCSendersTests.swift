import Hostile
import OSC
import Performer
import Testing

/// What other programs send that is OSC too: bangs, arrays, patterns, floats for everything, no type tags.
@Suite struct OSCSendersTests {
    private func served(at address: String = "127.0.0.1", _ body: (UInt16, Puppet) throws -> Void) throws {
        let instrument = Puppet()
        let server = try OSCServer(address: address, port: 0, target: instrument, version: "1.2.3")
        defer { server.stop() }
        try body(server.port, instrument)
    }

    private func message(_ name: String, _ types: String, _ arguments: [UInt8] = []) -> [UInt8] {
        osc("/continuo" + name) + osc("," + types) + arguments
    }

    /// The first answers to a packet.
    private func ask(_ count: Int, _ port: UInt16, _ packet: [UInt8]) -> [OSCMessage] {
        let wire = Wire()
        wire.send(packet, to: port)
        return (0..<count).compactMap { _ in wire.hear() }
    }

    private func reply(_ name: String, _ value: Double) -> OSCMessage {
        OSCServerTests.reply(.string("/continuo/param/" + name), .float(value))
    }

    @Test func withoutTypeTagsThereAreNoArguments() throws {
        try served { port, instrument in
            #expect(ask(1, port, osc("/continuo/ping")).first?.arguments.last == .string("1.2.3"))
            let both = ask(2, port, bundle(osc("/continuo/takeover"), osc("/continuo/param/seed")))
            #expect(both == [OSCServerTests.reply(.string("/continuo/takeover")), reply("seed", 0)])
            #expect(instrument.state.withLock { $0.commands } == [.takeover])
        }
    }

    @Test func nilAndInfinitumAreBangs() throws {
        try served { port, instrument in
            for (name, types) in [("takeover", "N"), ("yield", "I"), ("panic", "NI"), ("reset", "[N]")] {
                let done = OSCServerTests.reply(.string("/continuo/" + name))
                #expect(ask(1, port, message("/" + name, types)) == [done])
            }
            #expect(instrument.state.withLock { $0.commands } == [.takeover, .yield, .panic, .reset])
            #expect(ask(1, port, message("/param/patience", "I")) == [reply("patience", 1500)])
            #expect(ask(1, port, message("/ping", "N")).first?.arguments.last == .string("1.2.3"))
        }
    }

    @Test(arguments: ["[f]", "[[f]]", "[]f", "f[]", "[f][]"]) func anArrayIsItsElements(_ types: String) throws {
        try served { port, _ in
            #expect(ask(1, port, message("/param/patience", types, f32(400))) == [reply("patience", 400)])
        }
        let mixed = osc("/a") + osc(",s[i[T]f]") + osc("x") + i32(7) + f32(0.5)
        #expect(try OSCMessage.decode(mixed) == [OSCMessage("/a", [.string("x"), .int(7), .int(1), .float(0.5)])])
    }

    @Test(
        arguments: [
            (.polyphony, 4.4, 4), (.polyphony, 4.6, 5), (.polyphony, 63.5, 64), (.polyphony, 0.5, 1),
            (.channel, 0.4, 0),
            (.channel, 16.49, 16), (.auto, 0.25, 0), (.auto, 0.75, 1), (.seed, 16_777_215, 16_777_215),
            (.patience, 400.5, 400.5),
        ] as [(Parameter, Double, Double)])
    func theNearestWholeNumberIsTaken(_ parameter: Parameter, _ sent: Double, _ taken: Double) throws {
        try served { port, instrument in
            let name = parameter.declaration.name
            #expect(ask(1, port, message("/param/" + name, "d", f64(sent))) == [reply(name, taken)])
            #expect(instrument.value(of: parameter) == Float(taken))
            let set = ask(1, port, message("/set", "sf", osc(name) + f32(Float(sent))))
            #expect(set == [OSCServerTests.reply(.string("/continuo/set"), .string(name), .float(taken))])
        }
    }

    @Test func aValueMayBeNamed() throws {
        try served { port, instrument in
            #expect(ask(1, port, message("/param/listen", "s", osc("all"))) == [reply("listen", 17)])
            #expect(ask(1, port, message("/param/thru", "s", osc("off"))) == [reply("thru", 0)])
            let set = ask(1, port, message("/set", "ss", osc("entry") + osc("free")))
            #expect(set == [OSCServerTests.reply(.string("/continuo/set"), .string("entry"), .float(-1))])
            #expect(instrument.value(of: .listen) == 17 && instrument.value(of: .thru) == 0)
            // A number is no name.
            let refused = ask(1, port, message("/param/patience", "s", osc("700")))
            #expect(refused.first?.address == "/continuo/error" && instrument.value(of: .patience) == 1500)
        }
    }

    /// A pattern, and the parameters that it fits.
    @Test(
        arguments: [
            ("/continuo/param/top-p-*", [.topPTime, .topPKey, .topPVelocity]),
            ("/continuo/param/{patience,hold,speed}", [.patience, .hold]),
            ("/continuo/param/?o?d", [.hold]), ("/continuo/param/?o?d?", []),
            ("/continuo/param/*-note", [.minNote, .maxNote]), ("/continuo/param/[m]*[!-]note", []),
            ("/continuo/param/m[a-i]*", [.minNote, .maxNote]), ("/continuo/param/m[i-a]n-note", [.minNote]),
            ("/continuo/param/[!a-s]*u", [.thru]), ("/continuo/param/s[de]ed", [.seed]),
            ("/continuo/param/[t-]hru", [.thru]),
            ("/*/*/seed", [.seed]), ("/c*o/p?ram/{,x}seed", [.seed]), ("/continuo/p*seed", []),
            ("/continuo/param/*{time,key}", [.temperatureTime, .temperatureKey, .topPTime, .topPKey]),
        ] as [(String, [Parameter])])
    func anAddressMayBeAPattern(_ pattern: String, _ parameters: [Parameter]) throws {
        try served { port, _ in
            let answers = ask(max(1, parameters.count), port, osc(pattern) + osc(","))
            guard !parameters.isEmpty else {
                #expect(answers.first?.address == "/continuo/error")
                return
            }
            #expect(
                answers
                    == parameters.map { reply($0.declaration.name, Double(ParameterValues()[$0])) })
        }
    }

    @Test func aPatternSetsAndCommands() throws {
        try served { port, instrument in
            let set = ask(2, port, message("/param/temperature-{key,velocity}", "f", f32(2)))
            #expect(set == [reply("temperature-key", 2), reply("temperature-velocity", 2)])
            #expect(instrument.value(of: .temperatureKey) == 2 && instrument.value(of: .temperatureTime) == 1)
            _ = ask(2, port, osc("/continuo/{yield,reset}") + osc(","))
            #expect(instrument.state.withLock { $0.commands } == [.yield, .reset])
        }
    }

    /// A stream of messages that are meant for another program is answered once, and each receiver by itself.
    @Test func addressesOfOthersGetOneError() throws {
        try served { port, _ in
            let wire = Wire(patience: 1)
            for number in 0..<50 { wire.send(osc("/mixer/fader/\(number)") + osc(",f") + f32(0.5), to: port) }
            wire.send(osc("/continuo/ping") + osc(","), to: port)
            let first = wire.hear()
            #expect(first?.address == "/continuo/error" && first?.arguments.first == .string("/mixer/fader/0"))
            guard case .string(let text)? = first?.arguments.last else { return }
            #expect(text.contains("no address /mixer/fader/0") && text.contains("/continuo"))
            #expect(wire.hear()?.arguments.last == .string("1.2.3"))
            for address in ["/", "/continuo", "/continuous/ping", "/mixer/*"] {
                #expect(ask(1, port, osc(address) + osc(",")).first?.address == "/continuo/error", "\(address)")
            }
            // Two programs never answer each other.
            for address in ["/continuo/reply", "/continuo/error"] {
                let other = Wire(patience: 1)
                other.send(osc(address) + osc(",s") + osc("x"), to: port)
                #expect(other.receive() == nil)
            }
        }
    }

    /// By a sender that is not 127.0.0.1, and so as good as another machine.
    @Test func answersGoToAnyPortOfTheSenderAndNobodyElse() throws {
        try served(at: "0.0.0.0") { port, _ in
            let (sender, listener) = (Wire("127.0.0.2"), Wire("127.0.0.2"))
            func request(_ url: String) { sender.send(osc("/continuo/ping") + osc(",s") + osc(url), to: port) }
            for host in ["", "127.0.0.2", "localhost", "127.0.0.1"] {
                request("osc.udp://\(host):\(listener.port)/")
                let answer = listener.hear()
                #expect(answer?.arguments.last == .string("1.2.3"), "\(host)")
            }
            let stranger = Wire("127.0.0.3", patience: 1)
            for url in [
                "osc.udp://127.0.0.3:\(stranger.port)", "osc.udp://x.example:9401", "osc.udp://:x", "osc.udp://",
            ] {
                request(url)
                let answer = sender.hear()
                guard answer?.address == "/continuo/error", case .string(let text)? = answer?.arguments.last else {
                    Issue.record("\(url): \(String(describing: answer))")
                    continue
                }
                #expect(text.contains(url) && text.contains("osc.udp://:PORT"))
            }
            #expect(stranger.receive() == nil)
        }
    }
}
