import Files
import Glibc
import OSC
import Processes
import Score
import TestSupport
import Testing

/// What a user gets to see of bad input: one line that says what is wrong and where, the exit status of sysexits.h, and
/// nothing that stops or changes what runs.
@Suite struct BadInputTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let command: String
        let status: Int32
        /// A part of what must be said.
        let says: String

        init(_ command: String, _ status: Int32, _ says: String) {
            (self.command, self.status, self.says) = (command, status, says)
        }

        var testDescription: String { command }
    }

    /// `@` is a folder with the files that `BadFiles` makes.
    static let cases = [
        Case("continuo render @/missing.mid -o @/x.svg", EX_NOINPUT, "missing.mid"),
        Case("continuo render @/damaged.mid -o @/x.svg", EX_DATAERR, "damaged.mid"),
        Case("continuo render @/good.mid -o @/nowhere/x.svg", EX_CANTCREAT, "nowhere/x.svg"),
        Case("continuo render @/good.mid -o @/x.png", EX_USAGE, "a picture in SVG, not .png; name it .svg"),
        Case("continuo render @/good.mid -o @/x.PDF", EX_USAGE, "not .PDF"),
        Case("continuo render @/good.mid -o @/x.svgz", EX_USAGE, "not .svgz"),
        Case("continuo generate @/good.mid -o @/x.wav --preset @/good", EX_USAGE, "a Standard MIDI File, not .wav"),
        Case("continuo events @/good.mid --write @/x.txt", EX_USAGE, "not .txt"),
        Case("continuo events @/empty.mid", EX_DATAERR, "the file is empty"),
        Case("continuo events @/damaged.abc", EX_DATAERR, "damaged.abc: line 3, column 2: a chord that begins here"),
        Case("continuo events @/missing.abc", EX_NOINPUT, "missing.abc"),
        Case("continuo render @/damaged.abc -o @/x.svg", EX_DATAERR, "damaged.abc: line 3"),
        Case("continuo generate @/damaged.mid -o @/x.mid --preset @/good", EX_DATAERR, "damaged.mid"),
        Case("continuo generate @/good.mid -o @/x.mid --preset nobody", EX_NOINPUT, "no preset 'nobody'"),
        Case("continuo generate @/good.mid -o @/x.mid --preset @/broken", EX_DATAERR, "preset.toml:2"),
        Case("continuo generate @/good.mid -o @/x.mid --preset @/modelless", EX_NOINPUT, "model.safetensors"),
        Case("continuo generate @/good.mid -o @/x.mid --preset @/damaged", EX_DATAERR, "model.safetensors"),
        Case("continuo generate @/good.mid -o @/x.mid --preset @/good --set patience=-1", EX_USAGE, "0…10000 ms"),
        Case("continuo generate @/good.mid -o @/x.mid --preset @/good --set nonsense=1", EX_USAGE, "nonsense"),
        Case("continuo generate @/good.mid -o @/x.mid --preset @/good --set patience", EX_USAGE, "name=value"),
        Case("continuo generate @/good.mid -o @/x.mid --preset @/good --seconds 0", EX_USAGE, "0.5…3600"),
        Case("continuo generate @/good.mid -o @/nowhere/x.mid --preset @/good", EX_CANTCREAT, "nowhere/x.mid"),
        Case("continuo listen @/good.mid --preset @/good", EX_DATAERR, "nothing to continue"),
        Case("continuo listen @/damaged.mid --preset @/good", EX_DATAERR, "damaged.mid"),
        Case("continuo listen @/good.mid --preset @/good --seconds 1", EX_USAGE, "2…3600"),
        Case("continuo train @/missing.toml -o @/run", EX_NOINPUT, "missing.toml"),
        Case("continuo evaluate @/damaged/model.safetensors @/good.mid", EX_DATAERR, "model.safetensors"),
        Case("continuo evaluate @/good @/damaged.mid", EX_DATAERR, "damaged.mid"),
        Case("continuo evaluate @/good @/missing.mid", EX_NOINPUT, "missing.mid"),
        Case("continuo evaluate @/good @/broken", EX_NOINPUT, "no MIDI file"),
        Case("continuo evaluate nobody @/good.mid", EX_NOINPUT, "no preset 'nobody'"),
        Case("continuo evaluate @/modelless @/good.mid", EX_NOINPUT, "modelless/model.safetensors"),
        Case("continuo evaluate @/good.mid @/good.mid", EX_DATAERR, "good.mid"),
        Case("continuo evaluate @/good @/good.mid --order reversed", EX_USAGE, "canonical"),
        Case("continuo inspect @/damaged", EX_DATAERR, "model.safetensors"),
        Case("continuo inspect @/missing.toml", EX_NOINPUT, "missing.toml"),
        Case("continuo inspect @/good/preset.toml", EX_DATAERR, "preset.toml"),
        Case("continuod --no-osc --preset nobody", EX_NOINPUT, "no preset 'nobody'"),
        Case("continuod --no-osc --preset @/damaged", EX_DATAERR, "model.safetensors"),
        Case("continuod --no-osc --preset @/broken", EX_DATAERR, "preset.toml:2"),
        Case("continuod --no-osc --preset @/good --set seed=0.5", EX_USAGE, "seed"),
        Case("continuod --no-osc --preset @/good --server jim --name jim", EX_UNAVAILABLE, "named 'jim'"),
        Case(
            "continuod --no-osc --preset @/good --server jim --name \(String(repeating: "n", count: 64))", EX_USAGE,
            "it has 64 bytes; at most 63"),
        Case("continuod --no-osc --preset @/good --server jim --name a:b", EX_USAGE, "it has a ':'"),
        Case(
            "continuod --no-osc --preset @/good --server jim --connect-in *MPK", EX_UNAVAILABLE,
            "'*MPK' is neither a port nor a regular expression"),
        Case("continuod --preset @/good --osc-port 1", EX_UNAVAILABLE, "--osc-port"),
        Case("continuod --preset @/good --osc-bind everywhere", EX_UNAVAILABLE, "no IPv4 address"),
        Case("continuod --preset @/good --osc-port 70000", EX_USAGE, "--osc-port"),
        Case("continuod --preset @/good --connect-out", EX_USAGE, "--connect-out"),
        Case("continuod @/good", EX_USAGE, "Unexpected argument"),
        Case("continuo nonsense", EX_USAGE, "no command 'nonsense'; continuo --help"),
        Case("continuo reder @/good.mid", EX_USAGE, "no command 'reder'; did you mean 'render'?"),
        Case("continuo demo --repeat 0", EX_USAGE, "1 to 10000"),
        Case("continuo demo --phrase @/missing.mid", EX_NOINPUT, "missing.mid"),
        Case("continuo demo --interruption @/damaged.mid", EX_DATAERR, "damaged.mid"),
        Case("continuo export @/nowhere -o @/x.safetensors", EX_NOINPUT, "nowhere"),
        Case("continuo export @/good -o @/x.safetensors --note x", EX_USAGE, "key=text"),
        Case("continuo parameters --nonsense", EX_USAGE, "--nonsense"),
        Case("continuo presets --presets", EX_USAGE, "--presets"),
        Case("continuo presets show nobody", EX_NOINPUT, "no preset 'nobody'"),
        Case("continuo presets validate @/damaged", EX_DATAERR, "model.safetensors"),
        Case("continuo presets validate @/missing.tar", EX_NOINPUT, "missing.tar"),
        Case("continuo presets install @/damaged --into @/new", EX_DATAERR, "model.safetensors"),
        Case("continuo presets install @/broken --into @/new", EX_DATAERR, "preset.toml:2"),
        Case("continuo presets install @/good.mid --into @/new", EX_DATAERR, "nor an archive"),
        Case("continuo presets install @/good --into @", EX_UNAVAILABLE, "--replace"),
        Case("continuo presets install @/good --into @/good.mid/new", EX_CANTCREAT, "Not a directory"),
        Case("continuo ports --server continuo-nobody", EX_UNAVAILABLE, "no JACK server answers"),
        Case("continuo ports nonsense", EX_USAGE, "nonsense"),
        Case("continuo doctor --server continuo-nobody --preset @/good", EX_UNAVAILABLE, "cannot play yet: see JACK"),
        Case("continuo doctor --server continuo-nobody --preset @/damaged", EX_DATAERR, "see model, JACK"),
        Case("continuo doctor --preset nobody", EX_NOINPUT, "no preset 'nobody'"),
        Case("continuo doctor --preset @/good --set patience=-1", EX_USAGE, "0…10000 ms"),
        Case("continuo doctor --preset @/good --osc-port x", EX_USAGE, "--osc-port"),
        Case("continuo replay @/missing.tape", EX_NOINPUT, "missing.tape"),
        Case("continuo replay @/good.mid", EX_DATAERR, "good.mid is no tape"),
        Case("continuo replay @/good.mid -o @/x.wav", EX_USAGE, "not .wav"),
        Case("continuo sessions export last -o @/x.mid --folder @/none", EX_NOINPUT, "there is no session 'last'"),
        Case("continuo sessions show 2026 --folder @", EX_NOINPUT, "there is no session '2026'"),
        Case("continuo sessions show last -o @/x.png", EX_USAGE, "not .png"),
        Case("continuo sessions export last -o @/x.wav", EX_USAGE, "not .wav"),
        Case("continuo sessions delete", EX_USAGE, "--all"),
        Case("continuo sessions delete last --all", EX_USAGE, "--all"),
        Case("env -u HOME -u XDG_STATE_HOME continuo sessions delete last", EX_NOINPUT, "no home folder"),
        Case("continuod --record-limit-mb 0", EX_USAGE, "--record-limit-mb"),
        Case("continuod --record-days -1", EX_USAGE, "--record-days"),
        Case("env CONTINUO_KERNELS=v9 continuo doctor --preset @/good", EX_CONFIG, "unset CONTINUO_KERNELS"),
        Case("env CONTINUO_KERNELS=v9 continuod --no-osc --preset @/good", EX_CONFIG, "v9"),
    ]

    @Test(arguments: cases) func saysWhatIsWrongAndEndsWithItsStatus(_ bad: Case) throws {
        // Port 1 is forbidden to all but root.
        if bad.command.contains("--osc-port 1") && geteuid() == 0 { return }
        let files = try BadFiles()
        let words = bad.command.replacing("@", with: files.folder).split(separator: " ").map(String.init)
        let process = try ChildProcess(
            words.flatMap { word in
                switch word {
                case "continuo": [sibling(word)]
                case "continuod": [sibling(word), "--no-state"]
                default: [word]
                }
            })
        #expect(process.hasEnded(within: 20) == .exited(bad.status), "\(process.said)")
        #expect(process.printed.contains(bad.says), "\(process.printed)")
        #expect(!process.printed.contains("Fatal"))
        for output in ["x.svg", "x.mid", "x.png", "x.PDF", "x.svgz", "x.wav", "x.txt", "new"] {
            #expect(access("\(files.folder)/\(output)", F_OK) != 0)
        }
    }

    /// Without a JACK server the daemon waits, and OSC works already.
    @Test func aPresetThatFailsLeavesTheOneThatRuns() throws {
        let files = try BadFiles()
        setenv("CONTINUO_PRESETS", files.folder, 1)
        let port = try OSCClient.freePort()
        let daemon = try ChildProcess([
            sibling("continuod"), "--no-state", "--preset", "good", "--server", "continuo-nobody", "--osc-port",
            "\(port)",
        ])
        let control = try OSCClient(port: port)
        var greeting: OSCMessage?
        for _ in 0..<100 where greeting == nil {
            greeting = control.ask(OSCMessage("/continuo/ping"))
            if greeting == nil { usleep(50_000) }
        }
        #expect(greeting?.address == "/continuo/reply", "\(daemon.said)")
        func load(_ name: String) -> String? {
            control.ask(OSCMessage("/continuo/preset/load", [.string(name)]), within: 3000)?.address
        }
        for bad in ["damaged", "broken", "modelless", "nobody", "../good", ""] {
            #expect(load(bad) == "/continuo/error", "\(bad): \(daemon.said)")
            #expect(control.status(within: 3000)?["preset"] == .string("good"), "\(bad)")
        }
        control.send((0..<500).map { _ in UInt8.random(in: 0...255) })
        control.drain()
        #expect(control.ask(OSCMessage("/continuo/takeover"))?.address == "/continuo/error")
        let loaded = control.ask(OSCMessage("/continuo/preset/load", [.string("other")]), within: 3000)
        #expect(loaded?.arguments.last == .string("other"), "by which it can be asked for again")
        #expect(control.status(within: 3000)?["preset"] == .string("other"))
        #expect(daemon.said.contains(" notice continuod: waiting: no JACK server answers"))
        daemon.signal(SIGTERM)
        #expect(daemon.hasEnded(within: 5) == .exited(0))
    }
}

/// A folder of good and bad files, which goes with this object.
final class BadFiles {
    private let temporary: TemporaryFolder
    var folder: String { temporary.path }

    init() throws {
        temporary = try TemporaryFolder()
        let on = ChannelMessage(time: 0, status: 0x90, data1: 60, data2: 64)
        let off = ChannelMessage(time: 500_000_000, status: 0x80, data1: 60, data2: 64)
        let song = MIDIFile(recording: [(name: "good", messages: [on, off])]).serialized()
        try write("good.mid", song)
        try write("damaged.mid", Array(song.prefix(30)))
        try write("empty.mid", [])
        try write("damaged.abc", Array("X:1\nK:C\nC[E|\n\nX:2\nK:C\nC|\n".utf8))
        let random = try RandomPreset()
        let model = try readFile(random.path + "/model.safetensors", limit: 1 << 24)
        let fine = "[preset]\n"
        for (name, toml, bytes) in [
            ("good", fine, model), ("other", "[preset]\nname = \"Of another name\"\n", model),
            ("broken", "[preset]\nnonsense = 1\n", model),
            ("damaged", fine, Array(model.prefix(model.count / 2))), ("modelless", fine, nil),
        ] as [(String, String, [UInt8]?)] {
            try temporary.folder(name)
            try write("\(name)/preset.toml", Array(toml.utf8))
            if let bytes { try write("\(name)/model.safetensors", bytes) }
        }
    }

    func write(_ name: String, _ bytes: [UInt8]) throws { try temporary.write(bytes, name) }
}
