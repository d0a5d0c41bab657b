/// The course of the demo.

import Commands
import Duet
import Glibc
import OSC
import Performer
import Ports
import Processes
import Score

/// A server, the instrument, a player, and what was heard. One thread.
final class DemoSession {
    /// 0…15; the player plays on channel 0.
    private static let machineChannel: UInt8 = 1

    private let server: DummyServer?
    private let instrument: DaemonUnderTest
    private let control: OSCClient
    private let musician: Musician
    /// What the instrument itself told at the end.
    private var status: [String: OSCMessage.Argument] = [:]
    private(set) var take = Take(machineChannel: machineChannel)
    private var roll: LiveRoll?
    /// Messages that the player has played.
    private var played = 0

    /// - Throws: `ProcessError`, `PortError`, `OSCSocketError`.
    init(preset: String, presets: String?) throws {
        do {
            musician = try Musician(on: nil, machineChannel: Self.machineChannel)
            server = nil
            tell("a JACK server answers\n")
        } catch PortError.noServer {
            tell("no JACK server answers: starting jackd -d dummy\n")
            let server = try DummyServer("demo")
            musician = try Musician(on: server, machineChannel: Self.machineChannel)
            self.server = server
        }
        let oscPort = try OSCClient.freePort()
        control = try OSCClient(port: oscPort)
        instrument = try DaemonUnderTest(
            "demo", preset: preset, on: server, machineChannel: Self.machineChannel,
            arguments: [
                "--osc-port", "\(oscPort)", "--set",
                "patience=\(Int(Parameter.patience.declaration.defaultValue))",
            ] + (presets.map { ["--presets", $0] } ?? []))
        try instrument.connect(to: musician)
        tell("continuod plays \(preset) as \(instrument.name)\n")
    }

    deinit {
        _ = try? instrument.stop()
        musician.close()
        server?.stop()
    }

    var sampleRate: Int { musician.sampleRate }
    /// Frames.
    var patience: Int64 { frames(Double(Parameter.patience.declaration.defaultValue) / 1000) }

    private func frames(_ seconds: Double) -> Int64 { Int64(seconds * Double(sampleRate)) }

    /// A phrase, the machine's answer, an interruption after 4 seconds of it, and the answer to that.
    /// - Throws: `ProcessError`.
    func perform(_ phrase: MIDIFile, _ interruption: MIDIFile) throws {
        roll = LiveRoll()
        defer { roll = nil }
        try play(phrase, .at(musician.now + frames(0.3)))
        try follow(seconds: 30, orFail: "the machine did not answer the phrase") { $0.take.replies.count == 1 }
        try follow(seconds: 4)
        try play(interruption, .interrupting)
        try follow(seconds: 20, orFail: "the reply was over before it could be interrupted") {
            $0.take.yields.count == 1 && $0.musician.isResting
        }
        try follow(seconds: 30, orFail: "the machine did not answer the interruption") { $0.take.replies.count == 2 }
        // To its end, which a second of rest tells, or for ten seconds.
        let end = musician.now + frames(10)
        try follow(seconds: 20, orFail: "the server's time stands still") {
            $0.musician.now > end
                || $0.take.machine.isEmpty && $0.musician.now - $0.take.machineLast > $0.frames(1)
        }
    }

    /// Plays the phrase, hears the answer begin and interrupts it with the next round's.
    /// - Throws: `ProcessError`.
    func measure(_ phrase: MIDIFile, rounds: Int) throws {
        try play(phrase, .at(musician.now + frames(0.3)))
        for round in 1...rounds {
            try follow(seconds: 30, orFail: "the machine did not answer in round \(round)") {
                $0.take.replies.count == round
            }
            // At a different place of the cycle and of the reply each time.
            try follow(seconds: 0.2 + 0.037 * Double(round % 10))
            try play(phrase, .interrupting)
            let giveUp = musician.now + frames(2)
            try follow(seconds: 30, orFail: "the machine did not yield in round \(round)") {
                if $0.musician.now > giveUp { $0.musician.playAnyway() }
                return $0.musician.isResting
            }
            tell("round \(round) of \(rounds)\n")
        }
    }

    private func play(_ file: MIDIFile, _ cue: Musician.Cue) throws(ProcessError) {
        let phrase = file.phrase(channel: 0, sampleRate: sampleRate)
        guard (1...4096).contains(phrase.count) else {
            throw .late("a phrase of the player has \(phrase.count) messages; 1 to 4096 are possible")
        }
        musician.play(phrase, cue)
        played += phrase.count
    }

    // MARK: Listening

    /// Listens for so long.
    private func follow(seconds: Double) throws(ProcessError) {
        let end = musician.now + frames(seconds)
        try follow(seconds: seconds + 10, orFail: "the server's time stands still") { $0.musician.now >= end }
    }

    private func follow(
        seconds: Double, orFail complaint: String, until done: (DemoSession) -> Bool
    ) throws(ProcessError) {
        try wait(seconds: seconds, orFail: complaint) { () throws(ProcessError) in
            hear()
            try instrument.check()
            if musician.serverEnded { throw .late("the JACK server has ended") }
            return done(self)
        }
    }

    private func hear() {
        for message in musician.hear() {
            take.append(message)
            roll?.note(message, machineChannel: Self.machineChannel)
        }
        roll?.draw(take)
    }

    // MARK: The end

    /// Ends the daemon and sees whether all went as it should.
    /// - Throws: `ProcessError`.
    func finish() throws {
        status = control.status(within: 3000) ?? [:]
        let exit = try instrument.stop()
        try pause(milliseconds: 200)
        hear()
        var faults: [String] = []
        if exit != 0 { faults.append("continuod ended with status \(exit)") }
        if status.isEmpty { faults.append("/continuo/status was not answered") }
        if !take.machine.isEmpty { faults.append("\(take.machine.count) notes of the machine still sound") }
        if musician.lost > 0 { faults.append("\(musician.lost) messages found no room and were lost") }
        let passed = take.messages.count { $0.message.status & 0x0F != Self.machineChannel }
        if passed < played { faults.append("\(played - passed) of the player's messages did not come through") }
        for yield in take.yields where yield.latency != 0 {
            faults.append("the machine fell silent \(yield.latency.map(String.init) ?? "no") frames after the player")
        }
        for reply in take.replies where (reply.delay ?? 0) < patience {
            faults.append("the machine began while the player was playing")
        }
        guard faults.isEmpty else { throw ProcessError.late(faults.joined(separator: "; ")) }
    }

    var figures: DemoFigures {
        DemoFigures(take, patience: patience, sampleRate: sampleRate, xruns: musician.xruns, status: status)
    }
}
