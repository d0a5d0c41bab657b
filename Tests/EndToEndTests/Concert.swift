import Duet
import Glibc
import OSC
import Performer
import Processes
import Score
import Testing

/// A real server, a player made of code, and a daemon that makes its connections by patterns: each of them can go and come
/// again.
final class Concert {
    /// Of MIDI, 0…15.
    static let machine: UInt8 = 1
    private let label: String
    private let arguments: [String]
    private(set) var server: DummyServer
    private(set) var musician: Musician
    private(set) var daemon: ChildProcess
    /// What the present listener has heard.
    var take = Take(machineChannel: Concert.machine)
    /// Two presets, `good` and `other`, and the runtime folder `run`.
    private let files: BadFiles
    let osc: OSCClient
    let port: UInt16

    var name: String { "continuo-\(label)-\(getpid())" }
    var presetsFolder: String { files.folder }
    var runtimeFolder: String { files.folder + "/run" }
    /// With `--record` the sessions are there.
    var stateFolder: String { files.folder + "/state" }

    /// - Parameters:
    ///   - timeout: as `DummyServer`'s.
    ///   - isRealtime: likewise.
    ///   - arguments: more of the daemon's.
    init(_ label: String, timeout: Int = 5000, isRealtime: Bool = false, _ arguments: [String] = []) throws {
        (self.label, self.arguments) = (label, arguments)
        files = try BadFiles()
        mkdir(files.folder + "/run", 0o700)
        server = try DummyServer(label, timeout: timeout, isRealtime: isRealtime)
        musician = try Musician(on: server, machineChannel: Self.machine)
        port = try OSCClient.freePort()
        osc = try OSCClient(port: port)
        daemon = try ChildProcess(["true"])
    }

    /// Leaves nothing behind.
    func end() {
        daemon.stop()
        musician.close()
        server.stop()
    }

    /// Starts the daemon, and waits until both its ports are connected.
    func start() throws {
        daemon = try daemon(named: name)
        try awaitConnections()
    }

    /// A daemon on this server.
    func daemon(named name: String, osc: Bool = true) throws -> ChildProcess {
        try ChildProcess(
            [
                "env", "XDG_RUNTIME_DIR=\(runtimeFolder)", "XDG_STATE_HOME=\(stateFolder)", sibling("continuod"),
                "--no-state", "--name", name, "--server", server.name, "--presets", files.folder, "--preset", "good",
                "--connect-in", "keyboard:out",
                "--connect-out", "listener:in", "--set", "channel=\(Self.machine + 1)",
                "--set", "turn-taking=plain", "--set", "patience=300", "--set", "hold=2", "--set", "similarity=0",
            ] + (osc ? ["--osc-port", "\(port)"] : ["--no-osc"]) + arguments)
    }

    func awaitConnections() throws {
        try wait(seconds: 20, orFail: "no connections") { () throws(ProcessError) in
            try check()
            return musician.isConnected
        }
    }

    /// Another keyboard and another listener of the same names.
    func changeMusician() throws {
        musician.close()
        try pause(milliseconds: 300)
        musician = try Musician(on: server, machineChannel: Self.machine)
        take = Take(machineChannel: Self.machine)
    }

    /// The server dies, and another of its name comes.
    func changeServer(sampleRate: Int) throws {
        server.process.signal(SIGKILL)
        #expect(server.process.hasEnded(within: 5) == .signalled(SIGKILL))
        hear()
        musician.close()
        server = try DummyServer(label, sampleRate: sampleRate)
        musician = try Musician(on: server, machineChannel: Self.machine)
        take = Take(machineChannel: Self.machine)
    }

    /// Plays four notes in 0.6 seconds, each with its end.
    /// - Parameter holding: a key that is struck too and stays down.
    func play(holding: UInt8? = nil, _ cue: Musician.Cue? = nil) {
        let unit = Int64(musician.sampleRate) * 3 / 20
        var phrase = ([60, 64, 67, 72] as [UInt8]).enumerated().flatMap { index, key in
            [(Int64(index) * unit, 0x90, key), (Int64(index) * unit + unit * 5 / 6, 0x80, key)]
                as [(Int64, UInt8, UInt8)]
        }
        if let holding { phrase.insert((0, 0x90, holding), at: 0) }
        musician.play(
            phrase.map { frame, status, key in
                FrameMessage(frame: frame, message: MIDIMessage(offset: 0, status: status, data1: key, data2: 70))
            }, cue ?? .at(musician.now + unit))
    }

    func hear() { for message in musician.hear() { take.append(message) } }

    func listen(orFail complaint: String, until done: (Take) -> Bool) throws {
        try wait(seconds: 20, orFail: complaint) { () throws(ProcessError) in
            try check()
            hear()
            return done(take)
        }
    }

    private func check() throws(ProcessError) {
        if daemon.hasEnded(within: 0) != nil { throw .ended("continuod", daemon.said) }
        try server.check()
    }

    /// Plays a phrase and waits until the machine's answer is a chord.
    func awaitChord(holding: UInt8? = nil) throws {
        let replies = take.replies.count
        play(holding: holding)
        try listen(orFail: "no answer") { $0.replies.count > replies && $0.machine.count >= 3 }
    }

    /// Interrupts the machine, which must fall silent at that very frame, and waits for its next answer.
    func interrupt() throws {
        let (yields, replies) = (take.yields.count, take.replies.count)
        play(.interrupting)
        try listen(orFail: "no silence, or no answer after it") {
            $0.yields.count > yields && $0.replies.count > replies
        }
        #expect(take.yields[yields].latency == 0 && take.yields[yields].notes > 0)
    }

    /// SIGTERM, after which nothing sounds.
    func leave() throws {
        daemon.signal(SIGTERM)
        #expect(daemon.hasEnded(within: 10) == .exited(0), "\(daemon.said)")
        try pause(milliseconds: 200)
        hear()
        #expect(take.machine.isEmpty && take.human.isEmpty)
        #expect(musician.lost == 0)
    }

    /// A figure of `/continuo/status`.
    func figure(_ name: String) -> OSCMessage.Argument? { osc.status(within: 5000)?[name] }
}
