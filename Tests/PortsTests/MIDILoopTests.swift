import Ports
import Testing

/// Whether what Continuo plays comes back to it.
@Suite struct MIDILoopTests {
    private func port(_ name: String, _ direction: MIDIPort.Direction, _ aliases: [String] = [], to: [String] = [])
        -> MIDIPort
    {
        MIDIPort(system: .jack, name: name, aliases: aliases, direction: direction, connections: to)
    }

    private func loop(_ ports: [MIDIPort]) -> [String]? { ports.loop(of: ports.filter { $0.client == "continuo" }) }

    @Test func directly() {
        let output = port("continuo:midi_out", .source, to: ["synth:in", "continuo:midi_in"])
        let ports = [output, port("continuo:midi_in", .destination), port("synth:in", .destination)]
        #expect(loop(ports) == ["continuo:midi_out", "continuo:midi_in"])
        let cut = [port("continuo:midi_out", .source, to: ["synth:in"])] + ports.dropFirst()
        #expect(loop(cut) == nil)
    }

    /// Both ends of a Through port, as each system names them.
    @Test(
        arguments: [
            ("Midi Through:Midi Through Port-0", "Midi Through:Midi Through Port-0", [], []),
            (
                "a2j:Midi Through [14] (playback): Midi Through Port-0",
                "a2j:Midi Through [14] (capture): Midi Through Port-0", [], []
            ),
            (
                "Midi-Bridge:Midi Through:(playback_0) Midi Through Port-0",
                "Midi-Bridge:Midi Through:(capture_0) Midi Through Port-0", [], []
            ),
            (
                "system:midi_playback_3", "system:midi_capture_1", ["alsa_pcm:Midi-Through/midi_playback_1"],
                ["alsa_pcm:Midi-Through/midi_capture_1"]
            ),
        ] as [(String, String, [String], [String])])
    func overAThroughPort(_ into: String, _ out: String, _ intoAliases: [String], _ outAliases: [String]) {
        func ports(back: [String]) -> [MIDIPort] {
            [
                port("continuo:midi_out", .source, to: [into]), port("continuo:midi_in", .destination),
                port(into, .destination, intoAliases), port(out, .source, outAliases, to: back),
                port("a2j:MPK mini 3 [24] (capture): MPK mini 3 MIDI 1", .source, to: ["continuo:midi_in"]),
            ]
        }
        #expect(loop(ports(back: ["continuo:midi_in"])) == ["continuo:midi_out", into, out, "continuo:midi_in"])
        #expect(loop(ports(back: [])) == nil && loop(ports(back: ["synth:in"])) == nil)
    }

    @Test func overTwoOfThem() {
        let names = (0..<3).map { "Midi Through:Midi Through Port-\($0)" }
        let ports =
            [port("continuo:midi_out", .source, to: [names[0]]), port("continuo:midi_in", .destination)]
            + names.map { port($0, .destination) } + [
                port(names[0], .source, to: [names[1]]), port(names[1], .source, to: [names[0], "continuo:midi_in"]),
                port(names[2], .source, to: [names[2]]),
            ]
        #expect(
            loop(ports) == [
                "continuo:midi_out", names[0], names[0], names[1], names[1], "continuo:midi_in",
            ])
        // Another port of the same client is another way.
        let other = ports.dropLast(2) + [port(names[2], .source, to: ["continuo:midi_in"])]
        #expect(loop(Array(other)) == nil)
    }
}
