/// The course of `continuo bench latency`.

import Commands
import Duet
import Glibc
import OSC
import Performer
import Ports
import Processes

/// A server, the instrument, a probe. One thread.
final class LatencyBench {
    /// 0…15; the player is on channel 0.
    private static let machineChannel: UInt8 = 1

    private let server: DummyServer?
    private let probe: Probe
    private let instrument: DaemonUnderTest
    private let control: OSCClient
    private let jitter: Jitter
    private var dice = Dice(seed: 1)
    private var take = Take(machineChannel: machineChannel)
    private var report = LatencyReport()
    /// When the machine began notes.
    private var onsets: [Int64] = []
    /// What the plain client passed on is compared in `through` only.
    private var sightings: (played: [Probe.Sighting], heard: [Probe.Sighting], plain: [Probe.Sighting]) = ([], [], [])

    /// - Throws: `ProcessError`, `PortError`, `OSCSocketError`.
    init(preset: String, ownServer: Bool, bufferSize: Int) throws {
        do {
            probe = try Probe(on: nil)
            server = nil
        } catch PortError.noServer where ownServer {
            let server = try DummyServer("latency", bufferSize: bufferSize, isRealtime: DummyServer.mayBeRealtime)
            probe = try Probe(on: server)
            self.server = server
        }
        jitter = Jitter(priority: probe.realtimePriority.map { max($0 - 1, 1) })
        let port = try OSCClient.freePort()
        control = try OSCClient(port: port)
        instrument = try DaemonUnderTest(
            "latency", preset: preset, on: server, machineChannel: Self.machineChannel,
            arguments: ["--osc-port", "\(port)", "--set", "auto=0"])
        try probe.wish(for: instrument.name)
        try wait(seconds: 20, orFail: "continuod's ports did not appear within 20 s") { () throws(ProcessError) in
            try check()
            return probe.isConnected
        }
        report.sampleRate = probe.sampleRate
        report.buffer = probe.bufferSize
        report.isRealtime = probe.realtimePriority != nil
    }

    deinit {
        _ = try? instrument.stop()
        probe.close()
        server?.stop()
    }

    func run(notes: Int, rounds: Int) throws {
        try through(notes)
        try replies(rounds, entry: 0)
        try replies(rounds, entry: 150)
        try takeovers(rounds)
        try interruptions(rounds)
    }

    // MARK: Through

    private func through(_ notes: Int) throws {
        tell("\(notes) notes through the instrument and through a plain client\n")
        var frame = probe.now + frames(0.5)
        var messages: [FrameMessage] = []
        for index in 0..<notes {
            let key = UInt8(index % 128)
            messages.append(message(frame, 0x90, key))
            frame += frames(dice.number(0.001...0.01))
            messages.append(message(frame, 0x80, key))
            frame += frames(dice.number(0.001...0.01))
        }
        var next = messages[...]
        sightings = ([], [], [])
        try follow(seconds: Double(notes) * 0.03 + 30, orFail: "what was played did not come through") { bench in
            while let first = next.first, bench.probe.play(first) { next.removeFirst() }
            return bench.sightings.heard.count >= messages.count && bench.sightings.plain.count >= messages.count
        }
        let (played, heard, plain) = sightings
        report.throughFrames = Spread(zip(played, heard).map { Double($1.frame - $0.frame) })
        report.plainFrames = Spread(zip(played, plain).map { Double($1.frame - $0.frame) })
        report.throughMicroseconds = Spread(zip(played, heard).map { Double($1.nanoseconds - $0.nanoseconds) / 1000 })
        report.plainMicroseconds = Spread(zip(played, plain).map { Double($1.nanoseconds - $0.nanoseconds) / 1000 })
        let added = zip(heard, plain).map { Double($0.frame - $1.frame) }
        report.addedFrames = Spread(added)
        let isSame = zip(played, heard).allSatisfy { played, heard in
            played.message.status == heard.message.status && played.message.data1 == heard.message.data1
        }
        if !isSame { report.faults.append("what came through is not what was played") }
        if added.contains(where: { $0 != 0 }) { report.faults.append("passing through took a cycle or more") }
    }

    // MARK: The machine

    /// - Parameter entry: milliseconds.
    private func replies(_ rounds: Int, entry: Int64) throws {
        tell("\(rounds) replies, entry \(entry) ms\n")
        let patience = 100
        try set([("patience", patience), ("entry", Int(entry)), ("shortest", 1), ("longest", 1), ("auto", 1)])
        for _ in 0..<rounds {
            let frame = probe.now + frames(0.02) + Int64(dice.number(0...Double(probe.bufferSize)))
            let off = frame + frames(0.03)
            try strike(60, at: frame, until: off)
            let before = take.replies.count
            try follow(seconds: 20, orFail: "no reply") { $0.take.replies.count > before }
            let takeover = nextTick(off + frames(Double(patience) / 1000))
            let late = take.replies[before].frame - takeover
            if entry == 0 {
                report.entryFrames.append(late)
            } else {
                report.entryInTime += (0...frames(Double(entry) / 1000 + 0.01) ~= late) ? 1 : 0
            }
            try silence()
        }
        try set([("auto", 0)])
    }

    /// The command's cycle is the first that begins after it was sent, if nothing is late; then its lead of 10 ms and the
    /// next tick.
    private func takeovers(_ rounds: Int) throws {
        tell("\(rounds) take-overs on command\n")
        try set([("entry", 0)])
        let period = Int64(probe.bufferSize)
        for _ in 0..<rounds {
            try pause(milliseconds: Int(dice.number(0...20)))
            let (before, sent) = (onsets.count, probe.now)
            control.send(OSCMessage("/continuo/takeover"))
            try follow(seconds: 20, orFail: "no take-over") { $0.onsets.count > before }
            let first = onsets[before]
            // Cycles begin at multiples of their length from any of them; the latest that still gives this frame.
            var cycles = Int64(0)
            let start = nextCycle(after: sent)
            while nextTick(start + cycles * period + max(frames(0.01), period)) < first { cycles += 1 }
            report.takeoverCycles.append(cycles + 1)
            report.takeoverMilliseconds.append(Double(first - sent) * 1000 / Double(probe.sampleRate))
            try silence()
        }
    }

    private func interruptions(_ rounds: Int) throws {
        tell("\(rounds) interruptions\n")
        try set([("entry", 150), ("shortest", 10), ("longest", 10)])
        for _ in 0..<rounds {
            let (yields, before) = (take.yields.count, onsets.count)
            control.send(OSCMessage("/continuo/takeover"))
            try follow(seconds: 20, orFail: "no take-over") { $0.onsets.count > before }
            try follow(seconds: dice.number(0.3...1.5))
            // A random frame; where the machine rests just then nothing is interrupted.
            let frame = probe.now + frames(0.01) + Int64(dice.number(0...Double(probe.bufferSize)))
            try strike(61, at: frame, until: frame + frames(0.03))
            try follow(seconds: 0.1)
            if take.yields.count > yields { report.yieldFrames.append(take.yields[yields].latency ?? .max) }
            try silence()
        }
    }

    private func silence() throws {
        control.send(OSCMessage("/continuo/yield"))
        try follow(seconds: 10, orFail: "no silence on /continuo/yield") { $0.take.machine.isEmpty }
        try follow(seconds: 0.05)
    }

    private func strike(_ key: UInt8, at frame: Int64, until off: Int64) throws {
        guard probe.play(message(frame, 0x90, key)), probe.play(message(off, 0x80, key)) else {
            throw ProcessError.late("the keyboard has no room")
        }
        try follow(seconds: 20, orFail: "the player's note did not come through") {
            ($0.take.messages.last { $0.message.status == 0x80 }?.frame ?? .min) >= off
        }
    }

    private func set(_ values: [(String, Int)]) throws {
        for (name, value) in values {
            control.drain()
            let set = OSCMessage("/continuo/set", [.string(name), .float(Double(value))])
            guard control.ask(set, within: 5000)?.address == "/continuo/reply" else {
                throw ProcessError.late("\(name) could not be set")
            }
        }
        try follow(seconds: 0.05)
    }

    // MARK: Time

    private func frames(_ seconds: Double) -> Int64 { Int64(seconds * Double(probe.sampleRate)) }

    /// The machine's notes lie on ticks of 10 ms: the first one's frame from `frame` on.
    private func nextTick(_ frame: Int64) -> Int64 {
        let rate = Int64(probe.sampleRate)
        var tick = frame * 100 / rate
        while (tick * rate + 50) / 100 < frame { tick += 1 }
        return (tick * rate + 50) / 100
    }

    /// The server's cycles are told by what was heard last; any is a whole number of cycles away.
    private func nextCycle(after frame: Int64) -> Int64 {
        let period = Int64(probe.bufferSize)
        let start = probe.cycleStart
        return start + ((frame - start) / period + 1) * period
    }

    private func message(_ frame: Int64, _ status: UInt8, _ key: UInt8) -> FrameMessage {
        FrameMessage(frame: frame, message: MIDIMessage(offset: 0, status: status, data1: key, data2: 64))
    }

    // MARK: Listening

    private func check() throws(ProcessError) {
        try instrument.check()
        if probe.serverEnded { throw .late("the JACK server has ended") }
    }

    private func follow(seconds: Double) throws {
        let end = probe.now + frames(seconds)
        try follow(seconds: seconds + 10, orFail: "the server's time stands still") { $0.probe.now >= end }
    }

    private func follow(
        seconds: Double, orFail complaint: String, until done: (LatencyBench) -> Bool
    ) throws {
        try wait(seconds: seconds, orFail: complaint) { () throws(ProcessError) in
            let new = probe.take()
            sightings.played += new.played
            sightings.heard += new.heard
            sightings.plain += new.plain
            for heard in new.heard { note(heard) }
            try check()
            return done(self)
        }
    }

    private func note(_ heard: Probe.Sighting) {
        take.append(FrameMessage(frame: heard.frame, message: heard.message))
        guard heard.message.status == 0x90 | Self.machineChannel else { return }
        report.machineNotes += 1
        onsets.append(heard.frame)
        if nextTick(heard.frame) != heard.frame { report.offTick += 1 }
    }

    // MARK: The end

    /// - Throws: `ProcessError`.
    func finish() throws -> LatencyReport {
        let late = jitter.stop()
        report.jitterMicroseconds = [0.5, 0.99, 0.999, 1].map { Double(late.percentile($0)) / 1000 }
        report.take(control.status(within: 5000) ?? [:])
        report.lost = probe.lost
        _ = try instrument.stop()
        report.judge()
        return report
    }
}
