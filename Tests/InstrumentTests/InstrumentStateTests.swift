import Files
import Glibc
import Instrument
import Performer
import Presets
import TestSupport
import Testing

@Suite struct InstrumentStateTests {
    private var state: InstrumentState {
        var values = ParameterValues()
        values[.patience] = 812.5
        values[.topPKey] = 0.1
        values[.thru] = 0
        return InstrumentState(
            preset: "/home/ann/my \"presets\"\\night\u{1B}", values: values,
            connections: Connections(
                sources: ["a2j:MPK mini 3 [24] (capture): MPK mini 3 MIDI 1", "x:\n\u{7F}"],
                destinations: ["FLUID Synth:é"]))
    }

    @Test func readsWhatItWrites() throws {
        #expect(try InstrumentState(Array(state.text.utf8), file: "f") == state)
        var none = state
        none.connections = Connections()
        #expect(try InstrumentState(Array(none.text.utf8), file: "f") == none)
        // Every parameter at its ends, to the bit.
        var (least, most) = (ParameterValues(), ParameterValues())
        for parameter in Parameter.allCases {
            least[parameter] = parameter.declaration.minimum
            most[parameter] = parameter.declaration.maximum
        }
        for values in [least, most] {
            let state = InstrumentState(preset: "night", values: values)
            let again = try InstrumentState(Array(state.text.utf8), file: "f").applied(to: ParameterValues())
            for parameter in Parameter.allCases {
                #expect(again[parameter] == values[parameter], "\(parameter.declaration.name)")
            }
        }
    }

    @Test func writesNamesOfValues() throws {
        var values = ParameterValues()
        values[.listen] = 17
        values[.thru] = 0
        let text = InstrumentState(preset: "night", values: values).text
        for line in [
            "listen = \"all\"", "thru = false", "yield = \"at-once\"", "channel = \"as-player\"", "patience = 1500",
        ] {
            #expect(text.contains("\n\(line)\n"), "\(line)")
        }
        // Of a release that wrote numbers only.
        let old = "[state]\nversion = 1\npreset = \"night\"\n[parameters]\nlisten = 17\nthru = 0\n"
        #expect(try InstrumentState(Array(old.utf8), file: "f").parameters == [.listen: 17, .thru: 0])
    }

    /// A parameter that a later release brings is not in it: the preset's value stays.
    @Test func leavesOtherParametersAlone() throws {
        let text = "[state]\nversion = 1\npreset = \"night\"\n[parameters]\npatience = 700"
        var values = ParameterValues()
        values[.seed] = 9
        let applied = try InstrumentState(Array(text.utf8), file: "f").applied(to: values)
        #expect(applied[.patience] == 700 && applied[.seed] == 9)
    }

    @Test(
        arguments: [
            ("", 1, "version"), ("[state]\npreset = \"night\"", 1, "version"), ("[state]\nversion = 1", 1, "preset"),
            ("[state]\nversion = 2\npreset = \"night\"", 2, "version 2"),
            ("[state]\nversion = 1\npreset = 5", 3, "preset"),
            ("[state]\nversion = 1\npreset = \"n\"\n[parameters]\npatience = -1", 5, "patience takes"),
            ("[state]\nversion = 1\npreset = \"n\"\n[parameters]\npatience = 1e99", 5, "patience takes"),
            ("[state]\nversion = 1\npreset = \"n\"\n[parameters]\nnonsense = 1", 5, "nonsense"),
            ("[state]\nversion = 1\npreset = \"n\"\n[sources]\n1 = 1", 5, "'1'"),
            ("[state]\nversion = 1\npreset = \"n", 3, "missing"), ("\u{0}\u{1}", 1, ""),
        ])
    func saysWhatIsWrongAndWhere(_ text: String, _ line: Int, _ mentions: String) {
        do throws(ControlError) {
            _ = try InstrumentState(Array(text.utf8), file: "night.state")
            Issue.record("it was read: \(text)")
        } catch {
            #expect(error.description.hasPrefix("night.state:\(line): "), "\(error)")
            #expect(error.description.contains(mentions), "\(error)")
        }
    }

    /// Cut off anywhere it is an error or, where only lines are missing, what was said till there; never a crash.
    @Test func anyBeginningIsReadOrRefused() {
        let bytes = Array(state.text.utf8)
        var (read, refused) = (0, 0)
        for count in bytes.indices {
            do throws(ControlError) {
                let part = try InstrumentState(Array(bytes[..<count]), file: "f")
                #expect(part.preset == state.preset)
                read += 1
            } catch { refused += 1 }
        }
        #expect(read > 0 && refused > 0)
    }

    @Test func remembersConnectionsOfPortsThatAreAway() {
        var connections = Connections()
        connections.update(sources: ["k:1", "k:2"], destinations: ["s:in"], present: ["k:1", "k:2", "s:in"])
        #expect(connections == Connections(sources: ["k:1", "k:2"], destinations: ["s:in"]))
        // The keyboard is unplugged; the synth is cut off.
        connections.update(sources: [], destinations: [], present: ["s:in"])
        #expect(connections == Connections(sources: ["k:1", "k:2"]))
        // The oldest go where there are too many.
        for number in 0..<100 { connections.update(sources: ["p:\(number)"], destinations: [], present: []) }
        #expect(connections.sources.count == 64 && connections.sources.last == "p:99")
    }

    @Test func liesInTheStateFolder() {
        func path(_ name: String, _ variables: [String: String]) -> String? {
            StateFile(named: name, variable: { variables[$0] })?.path
        }
        let home = ["HOME": "/home/ann"]
        #expect(path("continuo", home) == "/home/ann/.local/state/continuo/continuo.state")
        #expect(path("a/b", ["XDG_STATE_HOME": "/var/lib"]) == "/var/lib/continuo/a_b.state")
        #expect(
            path("x", ["HOME": "/home/ann", "XDG_STATE_HOME": "here"]) == "/home/ann/.local/state/continuo/x.state")
        // As a unit of systemd's.
        let unit = home.merging(["STATE_DIRECTORY": "/var/lib/continuo:/var/lib/more"]) { $1 }
        #expect(path("x", unit) == "/var/lib/continuo/x.state")
        #expect(path("x", [:]) == nil)
    }

    @Test func aFileIsReplacedAndADamagedOneSetAside() throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.path
        let file = try #require(StateFile(named: "x", variable: { $0 == "XDG_STATE_HOME" ? folder + "/new" : nil }))
        #expect(try file.read() == nil)
        try file.write(state)
        #expect(try file.read() == state)
        var other = state
        other.preset = "noon"
        try file.write(other)
        #expect(try file.read() == other)
        try writeAtomically(Array("nonsense".utf8), to: file.path)
        #expect(throws: ControlError.self) { try file.read() }
        let aside = file.setAside()
        #expect(try readFile(aside, limit: 100) == Array("nonsense".utf8) && file.read() == nil)
    }
}
