/// Hours of random players, and of all that may happen to the instrument meanwhile: what `continuo bench soak` and the
/// sanitizers' targets run.

import Glibc
import OSC
import Performer
import Processes
import Realtime

/// A server without sound hardware, a daemon, and players made of dice. The same seed plays the same; when the machine
/// answers is its own affair. One thread, not real-time.
///
///     let drill = try Drill(.init(preset: "maestro-small"))
///     try drill.play(seconds: 60)
///     let findings = try drill.finish()
public final class Drill {
    public struct Setting: Sendable {
        /// The path of the daemon, of another build for example.
        public var daemon = sibling("continuod")
        /// A preset's name.
        public var preset: String
        /// What a change of the preset may load besides, of another shape for example.
        public var others: [String] = []
        public var seed: UInt64 = 1
        /// Frames of a cycle.
        public var bufferSize = 256
        /// Whether the server dies, too, and another comes.
        public var changesServers = false
        /// Whether the servers have real-time priority, and so the instrument.
        public var isRealtime = false
        /// The only act, if not all.
        public var only: Act?
        /// Told what is played next.
        public var progress: @Sendable (String) -> Void = { _ in }

        public init(preset: String) { self.preset = preset }
    }

    /// 0…15; the player is on channel 0.
    static let machineChannel: UInt8 = 1
    let setting: Setting
    var dice: Dice
    let control: OSCClient
    private let daemon: ChildProcess
    private var server: DummyServer
    private(set) var musician: Musician
    /// Channel and key of what sounds at the output.
    private(set) var sounding: Set<UInt16> = []
    private(set) var findings = Findings()
    private var begun: Int64 = 0
    private var nextSample: Int64 = 0
    private var lastSample: Int64 = 0
    private var nextMemory: Int64 = 0
    private var act = "beginning"
    private let jitters: [Jitter]
    private var lapses: [Jitter.Lapse] = []

    /// Waits until the daemon is connected.
    /// - Throws: `ProcessError`, `PortError`, `OSCSocketError`.
    public init(_ setting: Setting) throws {
        self.setting = setting
        dice = Dice(seed: setting.seed)
        server = try DummyServer("drill", bufferSize: setting.bufferSize, isRealtime: setting.isRealtime)
        musician = try Musician(on: server, machineChannel: Self.machineChannel)
        jitters = setting.isRealtime ? Jitter.onEachCore() : []
        if !jitters.isEmpty { findings.lapses = 0 }
        let port = try OSCClient.freePort()
        control = try OSCClient(port: port)
        daemon = try ChildProcess([
            setting.daemon, "--no-state", "--port", "jack", "--server", server.name, "--name",
            "continuo-drill-\(getpid())",
            "--preset", setting.preset, "--osc-port", "\(port)", "--connect-in", "keyboard:out", "--connect-out",
            "listener:in", "--set", "channel=\(Self.machineChannel + 1)",
        ])
        try awaitConnections()
        findings.period = Double(setting.bufferSize) / Double(musician.sampleRate) * 1e6
    }

    deinit {
        daemon.stop()
        musician.close()
        server.stop()
        for jitter in jitters { jitter.stop() }
    }

    private func awaitConnections() throws(ProcessError) {
        // A sanitizer's build takes its time to read a model.
        try wait(seconds: 60, orFail: "continuod's ports did not appear within a minute") { () throws(ProcessError) in
            try check()
            return musician.isConnected
        }
    }

    /// Act after act, as the dice fall, each of a few seconds.
    /// - Throws: `ProcessError`, `PortError`.
    public func play(seconds: Double) throws {
        begun = monotonicNanoseconds()
        let end = begun + Int64(seconds * 1e9)
        try restoreParameters()
        // Each once, then as the dice fall.
        var acts = Act.allCases.filter { $0 != .changeServer || setting.changesServers }
        if setting.only != nil { acts = [] }
        while monotonicNanoseconds() < end || !acts.isEmpty {
            let act =
                setting.only ?? (acts.isEmpty ? dice.act(changesServers: setting.changesServers) : acts.removeFirst())
            setting.progress(act.rawValue)
            self.act = act.rawValue
            try perform(act)
            findings.acts[act.rawValue, default: 0] += 1
        }
        findings.seconds += Double(monotonicNanoseconds() - begun) / 1e9
    }

    /// SIGTERM, after which nothing may sound.
    /// - Throws: `ProcessError`.
    public func finish() throws -> Findings {
        try sample()
        findings.close()
        daemon.signal(SIGTERM)
        let end = daemon.hasEnded(within: 20)
        if end != .exited(0) { findings.faults.append("continuod's end was \(end.map { "\($0)" } ?? "none")") }
        try pause(milliseconds: 300)
        for message in musician.hear() { note(message.message) }
        if !sounding.isEmpty { findings.faults.append("\(sounding.count) notes sound after the end") }
        if musician.lost > 0 { findings.faults.append("the player lost \(musician.lost) messages: not all was heard") }
        findings.said = daemon.printed
        return findings
    }

    // MARK: What the acts are made of

    /// Listens for so long.
    func follow(seconds: Double) throws {
        let end = monotonicNanoseconds() + Int64(seconds * 1e9)
        repeat {
            try hear()
            try pause(milliseconds: 10)
        } while monotonicNanoseconds() < end
    }

    /// Until the player has played all.
    func followPhrase() throws {
        let (anyway, end) = (monotonicNanoseconds() + 3_000_000_000, monotonicNanoseconds() + 60_000_000_000)
        while !musician.isResting {
            try hear()
            if monotonicNanoseconds() > anyway { musician.playAnyway() }
            guard monotonicNanoseconds() < end else { throw ProcessError.late("the player's phrase did not end") }
            try pause(milliseconds: 5)
        }
    }

    /// A phrase; it begins at once, or 8 ms after the next note of the machine.
    func playPhrase(interrupting: Bool = false) {
        let phrase = dice.phrase(sampleRate: musician.sampleRate)
        musician.play(phrase, interrupting ? .interrupting : .at(musician.now + Int64(musician.sampleRate) / 20))
    }

    /// Nothing may sound now.
    func expectSilence(after act: Act) throws {
        try follow(seconds: 0.3)
        if !sounding.isEmpty { findings.faults.append("\(sounding.count) notes sound after \(act.rawValue)") }
    }

    func changeServer() throws {
        try sample()
        findings.close()
        server.process.signal(dice.chance(0.5) ? SIGKILL : SIGTERM)
        _ = server.process.hasEnded(within: 10)
        for message in musician.hear() { note(message.message) }
        musician.close()
        server = try DummyServer("drill", bufferSize: setting.bufferSize, isRealtime: setting.isRealtime)
        musician = try Musician(on: server, machineChannel: Self.machineChannel)
        // Nobody heard the ends of what sounded on the old one.
        sounding = []
        try awaitConnections()
    }

    private func hear() throws {
        try check()
        for message in musician.hear() { note(message.message) }
        if monotonicNanoseconds() > nextSample { try sample() }
    }

    /// The daemon and the server live; a sanitizer's report, which ends the daemon, is told whole.
    func check() throws(ProcessError) {
        if daemon.hasEnded(within: 0) != nil { throw .ended("continuod", daemon.printed) }
        try server.check()
    }

    private func note(_ message: MIDIMessage) {
        let place = UInt16(message.status & 0x0F) << 7 | UInt16(message.data1)
        switch message.status & 0xF0 {
        case 0x90 where message.data2 > 0:
            sounding.insert(place)
            if message.status & 0x0F == Self.machineChannel {
                findings.machineNotes += 1
            } else {
                findings.playerNotes += 1
            }
        case 0x80, 0x90: sounding.remove(place)
        default: break
        }
    }

    /// Four times a second, but while a preset is loaded.
    func sample() throws {
        control.drain()
        guard let figures = control.status(within: 20_000),
            let octaves = control.list("/continuo/histogram", [.string("callback")], within: 20_000)
        else {
            try check()
            throw ProcessError.late("/continuo/status was not answered within 20 s")
        }
        let now = monotonicNanoseconds()
        takeLapses(before: now)
        findings.take(
            figures, long: octaves.reduce(0) { $0 + longCycles($1) }, late: momentOfLateness(figures, now),
            since: moment(from: lastSample, to: now))
        lastSample = now
        nextSample = now + 250_000_000
        if now > nextMemory, let memory = daemon.residentMemory {
            findings.memory.append((Double(now - begun) / 1e9, memory))
            nextMemory = now + 5_000_000_000
        }
    }

    /// Of an octave (name, microseconds up to which, how often): those that are longer than half a period, of the octave in
    /// which it ends all.
    private func longCycles(_ octave: [OSCMessage.Argument]) -> Int {
        guard octave.count == 3, case .float(let upTo) = octave[1], case .int(let count) = octave[2] else { return 0 }
        return upTo >= findings.period ? Int(count) : 0
    }

    /// Those that are over; it forgets what ended before the last sample, but for a second.
    private func takeLapses(before now: Int64) {
        lapses.removeAll { $0.end < lastSample - 1_000_000_000 }
        for jitter in jitters {
            while let lapse = jitter.nextLapse() {
                lapses.append(lapse)
                if Double(lapse.nanoseconds) / 1e6 > Incident.harmfulLapse { findings.lapses? += 1 }
            }
        }
    }

    private func momentOfLateness(_ figures: [String: OSCMessage.Argument], _ now: Int64) -> Incident.Moment {
        guard case .float(let ago)? = figures["late-ago-s"], ago >= 0 else { return moment(from: now, to: now) }
        let time = now - Int64(ago * 1e9)
        // The time is that of the cycle's end, give or take one.
        let cycle = Int64(findings.period * 1000)
        return moment(from: time + cycle - Int64(Incident.window * 1e9), to: time + cycle)
    }

    /// Whether a core stood still is not known if nobody watched, and does not count over more than a second: in that there is
    /// nearly always one that did.
    private func moment(from start: Int64, to end: Int64) -> Incident.Moment {
        let isKnown = !jitters.isEmpty && end - start < 1_000_000_000
        let longest = lapses.filter { $0.end > start && $0.end - $0.nanoseconds < end }.map(\.nanoseconds).max() ?? 0
        return Incident.Moment(
            seconds: Double(end - begun) / 1e9, act: act, lapse: isKnown ? Double(longest) / 1e6 : nil)
    }
}
