/// What `continuo doctor` looks at around the instrument: the JACK server, the daemon, the wires.

import Glibc
import JACKPorts
import OSC
import Ports

extension Examination {
    /// - Parameter canDoWithout: there is ALSA's sequencer to play on.
    /// - Returns: a client to look at the ports with, if a server answers.
    mutating func jackServer(_ name: String?, canDoWithout: Bool) -> JACKClient? {
        let client: JACKClient
        do throws(PortError) { client = try JACKServer.look(name) } catch {
            guard case .noServer(let said) = error else {
                fail("JACK", "\(error)", do: "", EX_UNAVAILABLE)
                return nil
            }
            let advice = JACKServer.advice("continuo doctor")
            if canDoWithout {
                warn("JACK", "no server answers (\(said))", do: "nothing, to play on ALSA; or " + advice)
            } else {
                fail("JACK", "no server answers (\(said))", do: advice, EX_UNAVAILABLE)
            }
            return nil
        }
        let cycle = Double(client.bufferSize) / Double(client.sampleRate) * 1000
        let which = JACKServer.isPipeWireLibrary ? JACKClient.library : "jackd \(JACKClient.library)"
        let found = "\(which): \(client.sampleRate) Hz, \(client.bufferSize) frames a cycle"
        if cycle > 12 {
            let tenths = Int((cycle * 10).rounded())
            warn(
                "JACK", "\(found), \(tenths / 10).\(tenths % 10) ms",
                do: "what you hear is late by that; smaller cycles: -p 128, of jackd or of pw-jack")
        } else if client.realtimePriority == nil {
            warn("JACK", "\(found), not real-time", do: "start jackd without --no-realtime, with the rights below")
        } else {
            ok("JACK", "\(found), real-time")
        }
        return client
    }

    /// - Parameters:
    ///   - jack, alsa: their ports; nil where they do not answer.
    ///   - name: of the daemon's client.
    mutating func daemon(_ oscPort: UInt16, jack: [MIDIPort]?, alsa: [MIDIPort]?, name: String) {
        // Where its ports are, or else would be.
        let ports = [jack, alsa].compactMap(\.self).first { !$0.continuo(name).isEmpty } ?? jack ?? alsa
        let own = ports?.continuo(name) ?? []
        let figures = (try? OSCClient(port: oscPort))?.status(within: 1000)
        switch (figures, own.isEmpty) {
        case (let figures?, _): running(figures, hasPorts: !own.isEmpty || ports == nil, name)
        case (nil, false):
            warn(
                "continuod", "its ports are there, but it does not answer on OSC port \(oscPort)",
                do: "nothing, if it was started with --no-osc; or name its port: --osc-port")
        case (nil, true):
            warn(
                "continuod", "does not run (or has another --name and --osc-port)",
                do: "continuod, or as a service: systemctl --user enable --now continuo")
        }
        guard let ports else { return }
        if own.isEmpty { return peers(ports) }
        // A loop is connected at both ends, which is no reason to say ok of either.
        let clients = Dictionary(grouping: own, by: \.client).values
        if let way = clients.lazy.compactMap(ports.loop(of:)).first { loop(way) } else { connections(own) }
    }

    /// What it says of itself.
    private mutating func running(_ figures: [String: OSCMessage.Argument], hasPorts: Bool, _ name: String) {
        var preset = "?"
        if case .string(let text)? = figures["preset"] { preset = text }
        let names = ["late", "dropped", "silenced", "overflows", "lost"]
        let faults = names.compactMap { name -> String? in
            guard case .int(let count)? = figures[name], count > 0 else { return nil }
            return "\(name) \(count)"
        }
        if !hasPorts {
            warn(
                "continuod", "answers on OSC with \(preset), but has no ports named \(name) here",
                do: "name its client (--name) or its server (--server)")
        } else if faults.isEmpty {
            ok("continuod", "plays \(preset)")
        } else {
            warn(
                "continuod", "plays \(preset), but counted: \(faults.joined(separator: ", "))",
                do: "docs/osc.md says what these mean; real-time rights or a larger JACK buffer help")
        }
    }

    private mutating func loop(_ way: [String]) {
        warn(
            "loop", "what it plays comes back to it: \(way.joined(separator: " → "))",
            do: "cut one of these connections, in a patchbay or with jack_disconnect or aconnect -d")
    }

    private mutating func connections(_ own: [MIDIPort]) {
        for port in own {
            let (check, partner, option) =
                port.direction == .destination
                ? ("keyboard", "source", "--connect-in") : ("synth", "destination", "--connect-out")
            if port.connections.isEmpty {
                warn(
                    check, "nothing is connected to \(port.name)",
                    do: "`continuo ports` lists each \(partner); give it to continuod as \(option), or use "
                        + port.system.connector
                )
            } else {
                let arrow = port.direction == .destination ? "←" : "→"
                ok(check, "\(port.name) \(arrow) \(port.connections.joined(separator: ", "))")
            }
        }
    }

    /// What could be connected once the daemon runs.
    private mutating func peers(_ ports: [MIDIPort]) {
        let isJACK = ports.first?.system != .alsa
        let bridge = isJACK ? ", and bring ALSA's ports to JACK: jackd -X seq, or a2jmidid -e" : ""
        let synth = "fluidsynth " + (isJACK ? "-a jack -m jack" : "-a alsa -m alsa_seq")
        for (check, direction, advice) in [
            ("keyboard", .source, "plug it in" + bridge), ("synth", .destination, "start one, such as \(synth)"),
        ] as [(String, MIDIPort.Direction, String)] {
            let names = ports.filter { $0.direction == direction && !$0.isThrough }.map(\.name)
            if names.isEmpty {
                warn(check, "\(isJACK ? "JACK" : "ALSA") has no MIDI \(direction.rawValue)", do: advice)
            } else {
                ok(check, "can be connected: \(names.joined(separator: ", "))")
            }
        }
    }
}
