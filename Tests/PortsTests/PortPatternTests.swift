import Glibc
import Ports
import Testing

/// Which ports a wish is for, by lists of ports as real systems name them.
@Suite struct PortPatternTests {
    static func sources(_ system: MIDISystem = .jack, _ ports: [(name: String, aliases: [String], isPhysical: Bool)])
        -> [MIDIPort]
    {
        ports.map {
            MIDIPort(
                system: system, name: $0.name, aliases: $0.aliases, direction: .source, isPhysical: $0.isPhysical)
        }
    }

    /// jackd -X seq: all are called alike, and Through is said to be hardware.
    static let jackd = sources(
        .jack,
        [
            ("system:midi_capture_1", ["alsa_pcm:Midi-Through/midi_capture_1", "Midi-Through:midi/capture_1"], true),
            ("system:midi_capture_2", ["alsa_pcm:MPK-mini-3/midi_capture_1", "MPK-mini-3:midi/capture_1"], true),
            ("system:midi_capture_3", ["alsa_pcm:VMPK-Output/midi_capture_1"], false),
            ("fluidsynth:midi_00", [], false),
        ])
    /// jackd -X raw.
    static let raw = sources(.jack, [("system:midi_capture_1", ["alsa_pcm:in-hw-1-0-0-MPK-mini-3-MIDI-1"], true)])
    static let a2j = sources(
        .jack,
        [
            ("a2j:Midi Through [14] (capture): Midi Through Port-0", [], true),
            ("a2j:MPK mini 3 [24] (capture): MPK mini 3 MIDI 1", [], false),
            ("a2j:Keystation [127] (capture): [1] (odd)", [], false),
            ("a2j:VMPK Output [128] (capture): out", [], false),
            ("a2j:LPK25 (capture): LPK25 MIDI 1", [], false),
        ])
    static let pipewire = sources(
        .jack,
        [
            ("Midi-Bridge:Midi Through:(capture_0) Midi Through Port-0", ["Midi Through:Midi Through Port-0"], true),
            ("Midi-Bridge:MPK mini 3:(capture_0) MPK mini 3 MIDI 1", ["MPK mini 3:MPK mini 3 MIDI 1"], true),
            ("Midi-Bridge:MPK mini 3 MIDI 1 (capture)", [], false),
            ("v4l2:camera", [], false),
        ])
    static let alsa = sources(
        .alsa,
        [
            ("Midi Through:Midi Through Port-0", ["14:0"], false),
            ("MPK mini 3:MPK mini 3 MIDI 1", ["24:0"], true),
            ("VMPK Output:out", ["128:0"], false),
        ])

    @Test(arguments: [
        (jackd, ["system:midi_capture_2"]), (raw, ["system:midi_capture_1"]),
        (
            a2j,
            [
                "a2j:MPK mini 3 [24] (capture): MPK mini 3 MIDI 1", "a2j:Keystation [127] (capture): [1] (odd)",
                "a2j:LPK25 (capture): LPK25 MIDI 1",
            ]
        ),
        (
            pipewire,
            [
                "Midi-Bridge:MPK mini 3:(capture_0) MPK mini 3 MIDI 1", "Midi-Bridge:MPK mini 3 MIDI 1 (capture)",
            ]
        ), (alsa, ["MPK mini 3:MPK mini 3 MIDI 1"]),
    ])
    func hardwareIsEveryKeyboardAndNothingElse(_ ports: [MIDIPort], _ expected: [String]) throws {
        let pattern = try PortPattern("hardware")
        #expect(ports.filter(pattern.fits).map(\.name) == expected)
    }

    /// Whoever writes `.*` wants no loop; whoever writes "through" wants it.
    @Test(arguments: [jackd, a2j, pipewire, alsa]) func aThroughPortMustBeNamed(_ ports: [MIDIPort]) throws {
        let through = try #require(ports.first { $0.isThrough })
        #expect(ports.filter { $0.isThrough }.count == 1)
        let all = try PortPattern(".*")
        #expect(ports.filter(all.fits).count == ports.count - 1 && !all.fits(through))
        for text in [through.name, ".*[Tt]hrough.*", ".*Midi.Through.*"] + through.aliases {
            #expect(try PortPattern(text).fits(through), "\(text)")
        }
    }

    private func fits(_ text: String, _ name: String, aliases: [String] = []) throws -> Bool {
        try PortPattern(text).fits(MIDIPort(system: .jack, name: name, aliases: aliases, direction: .source))
    }

    @Test func aNameIsItselfWhateverItMeansAsAnExpression() throws {
        for name in ["kbd (:out", "x:[", "a:b*{", "c:\\", "a2j:MPK [24] (capture): MPK", "b:(a|", "*:x", "ä:("] {
            #expect(try fits(name, name), "\(name)")
            #expect(try !fits(name, name + "x") && !fits(name, "x" + name), "\(name)")
            #expect(try fits(name, "other:name", aliases: [name]), "\(name)")
        }
        // No port has such a name, so it is a slip.
        for text in ["(", "*MPK", "[", "a\\", "a)|(b"] {
            #expect(throws: PortError.self, "\(text)") { try PortPattern(text) }
        }
        #expect(try !fits("a", "x:a") && !fits("midi_capture_1", "system:midi_capture_1"))
        #expect(try fits("system:midi_capture_1", "system:midi_capture_1"))
        #expect(try !fits("system:midi_capture_1", "system:midi_capture_10"))
        #expect(try fits("a:b|c:d", "c:d") && !fits("a:b|c:d", "a:bc:d"))
    }

    /// The process has no locale here, like a service.
    @Test func aCharacterIsOneInUTF8() throws {
        #expect(String(cString: setlocale(LC_CTYPE, nil)) == "C")
        for name in ["Ärger:aus", "ärger:aus", "鍵rger:aus", "🎹rger:aus"] {
            #expect(try fits(".rger:aus", name) && !fits("..rger:aus", name), "\(name)")
        }
        #expect(try fits("[ÄÖ]rger:.*", "Ärger:aus") && !fits("[ÄÖ]rger:.*", "Ürger:aus"))
        #expect(try fits("[^x]:b", "ä:b") && fits("ä{2}:b", "ää:b") && fits("[[:alpha:]]:b", "é:b"))
        #expect(String(cString: setlocale(LC_CTYPE, nil)) == "C", "other threads have what they had")
    }

    // MARK: What may have been meant

    private func near(_ text: String, _ ports: [MIDIPort]) throws -> NearMiss? {
        NearMiss(try PortPattern(text), among: ports)
    }

    @Test func aWordIsNearTheNamesThatItIsIn() throws {
        let miss = try #require(try near("MPK", Self.a2j))
        #expect(
            miss.pattern == ".*MPK.*"
                && miss.ports == [
                    "a2j:MPK mini 3 [24] (capture): MPK mini 3 MIDI 1",
                    "a2j:VMPK Output [128] (capture): out",
                ])
        // By its alias, in any case, with brackets, in part.
        #expect(try near("MPK-mini", Self.jackd)?.ports == ["system:midi_capture_2"])
        #expect(try near("mpk mini", Self.alsa)?.pattern == ".*MPK mini.*")
        #expect(try near("MPK mini 3 [24]", Self.a2j)?.pattern == #".*MPK mini 3 \[24\].*"#)
        #expect(try near("MPK.+MIDI", Self.alsa)?.pattern == ".*(MPK.+MIDI).*")
        #expect(try near("through", Self.alsa)?.pattern == ".*Through.*")
        #expect(try near("nobody", Self.a2j) == nil && near("", Self.a2j) == nil)
        for text in ["MPK", "mpk mini", "LPK25 (", "keystation [127]"] {
            guard let pattern = try? PortPattern(text), let miss = NearMiss(pattern, among: Self.a2j) else { continue }
            let suggested = try PortPattern(miss.pattern)
            #expect(Self.a2j.filter(suggested.fits).map(\.name).sorted() == miss.ports, "\(text)")
        }
    }

    @Test func namesThatNoClientMayHaveAreRefused() throws {
        for name in ["continuo", "a b", "ä", String(repeating: "x", count: 63), String(repeating: "ä", count: 31)] {
            try ClientName.check(name)
        }
        for name in ["", "a:b", "a\nb", "\u{1B}", String(repeating: "x", count: 64), String(repeating: "ä", count: 32)]
        {
            #expect(throws: PortError.self, "\(name)") { try ClientName.check(name) }
        }
    }
}
