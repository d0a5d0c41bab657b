import Allocations
import Foundation
import Network
import Performer
import Ports
import Representation
import Session
import TestSupport
import Testing

@Suite struct RandomProgramTests {
    /// Every property a program must have; the first that fails, in words.
    static func fault(of program: Program, _ played: inout Int) -> String? {
        let rig = program.run(laziness: 0)
        played += rig.performer.stageCounters.played.value
        if let fault = faultInOutput(rig) ?? faultInHearing(rig, program) ?? faultInManners(rig, program)
            ?? ConstraintFaults.fault(in: rig, of: program, Program.values) ?? faultInSession(rig)
        {
            return fault
        }
        let again = program.run(laziness: program.seed &+ 1)
        if again.output != rig.output {
            let index = zip(again.output, rig.output).enumerated().first { $1.0 != $1.1 }?.offset
            return "another thread timing gave another output, from message \(index ?? -1) of \(rig.output.count)"
        }
        return faultInReplay(of: rig, program.seed.isMultiple(of: 2) ? .taped : .own)
    }

    /// What came out comes out again: from the tape's plan, or from the improviser's own.
    static func faultInReplay(of rig: Rig, _ whose: ReplayedPlan) -> String? {
        do {
            let replay = try Replay(Tape(rig.tapeFile, from: "a test"), whose, kernels: kernels) {
                TinyModel.network($0)
            }
            if replay.isSame && replay.output == rig.output { return nil }
            return
                "replayed by \(whose) it differs: \(replay.differing) \(replay.first as Any) \(replay.unplanned as Any)"
        } catch { return "\(error)" }
    }

    static func faultInOutput(_ rig: Rig) -> String? {
        let counters = rig.performer.stageCounters
        if counters.late.value > 0 { return "\(counters.late.value) late" }
        if counters.dropped.value > 0 { return "\(counters.dropped.value) dropped" }
        if counters.lost.value + counters.silenced.value + counters.overflows.value > 0 { return "lost something" }
        for (a, b) in zip(rig.output, rig.output.dropFirst()) where b.frame < a.frame { return "out of order" }
        let hanging = soundingNotes(after: rig.output)
        if !hanging.isEmpty { return "\(hanging) hang" }
        let pedals = pedalsDown(after: rig.output)
        if !pedals.isEmpty { return "the pedals of \(pedals) hang" }
        if !rig.list.isEmpty { return "something is listed that does not sound" }
        return nil
    }

    static func faultInHearing(_ rig: Rig, _ program: Program) -> String? {
        var sounding: Set<UInt8> = []
        let rate = Int64(rig.sampleRate)
        // Notes on the lines of a beat are on those' own frames.
        let usesBeat = program.settings.contains { $0.values[.quantise] + $0.values[.grid] > 0 }
        for event in rig.recorder.machine {
            let isOn = event.kind == .noteOn
            if sounding.contains(event.key) == isOn { return "key \(event.key) of the machine twice on or off" }
            if isOn { sounding.insert(event.key) } else { sounding.remove(event.key) }
        }
        if !sounding.isEmpty { return "\(sounding) of the machine never ended" }
        let sent = Set(rig.output.map { Sent(frame: $0.frame, isOn: $0.status & 0xF0 == 0x90, key: $0.data1) })
        for entry in rig.recorder.heard where entry.kind == .event && entry.event.player == .machine {
            let isOn = entry.event.kind == .noteOn
            // Of the grid of the mind that played it.
            let frames = [Performance.ticksPerSecond, Wide.ticksPerSecond].map { (ticks: Int) in
                // Ticks that were undone are whole.
                let tick = (entry.frame * Int64(ticks) + rate / 2) / rate
                return (tick * rate + Int64(ticks) / 2) / Int64(ticks)
            }
            if isOn && !usesBeat && !frames.contains(entry.frame) { return "a note off its frame" }
            if !sent.contains(Sent(frame: entry.frame, isOn: isOn, key: entry.event.key)) {
                return "\(entry.event) was heard, but not sent at \(entry.frame)"
            }
        }
        return faultInTokens(rig)
    }

    /// What the machine owes the player, by the parameters of the moment: no key of theirs is doubled, nothing is too loud or out
    /// of turn, and what yields at once has yielded.
    static func faultInManners(_ rig: Rig, _ program: Program) -> String? {
        var settings = program.settings[...]
        var values = settings.removeFirst().values
        var (machine, held): (Set<UInt8>, Set<Int>) = ([], [])
        for entry in rig.recorder.heard where entry.kind == .event || entry.kind == .mended {
            while let next = settings.first, next.frame <= entry.frame {
                values = next.values
                settings.removeFirst()
            }
            let (event, mode) = (entry.event, Int(values[.mode]))
            switch (event.player, event.kind) {
            case (.machine, .noteOn):
                if mode >= 4 { return "it plays in mode \(mode)" }
                if held.contains(where: { $0 % 128 == Int(event.key) }) { return "it doubles key \(event.key)" }
                if Float(event.velocity) > values[.ceiling] {
                    return "velocity \(event.velocity) is above \(values[.ceiling])"
                }
                machine.insert(event.key)
            case (.machine, .noteOff): machine.remove(event.key)
            case (.human, .noteOn):
                if machine.contains(event.key) { return "it goes on with key \(event.key), which the player struck" }
                let isChordHand = Float(event.key) < values[.chordSplit]
                if values[.yield] == 1 && mode < 2 && !isChordHand && !machine.isEmpty {
                    return "\(machine) sound after a key at \(entry.frame - program.start)"
                }
                held.insert(Int(event.channel) * 128 + Int(event.key))
            case (.human, .noteOff): held.remove(Int(event.channel) * 128 + Int(event.key))
            default: break
            }
        }
        return nil
    }

    /// What is kept of the session is what was heard.
    static func faultInSession(_ rig: Rig) -> String? {
        guard let tape = try? Tape(rig.tapeFile, from: "a test") else { return "no tape" }
        let music = SessionMusic(tape)
        if let fault = music.fault { return "\(fault)" }
        func heard(_ frame: Int64, _ status: UInt8, _ key: UInt8) -> [Int64] {
            [frame, status & 0x10 == 0 ? 0 : 1, Int64(key)]
        }
        let rate = Int64(rig.sampleRate)
        func time(_ frame: Int64) -> Int64 { frame / rate * 1_000_000_000 + frame % rate * 1_000_000_000 / rate }
        let kept = music.machine.map { heard(time($0.frame), $0.status, $0.data1) }
        let events = rig.recorder.machine.map { heard($0.time, $0.kind == .noteOn ? 0x90 : 0x80, $0.key) }
        if Set(kept) != Set(events) || kept.count != events.count {
            return
                "the session has other notes of the machine: \(Set(kept).symmetricDifference(events).sorted { $0[0] < $1[0] }.prefix(5))"
        }
        let player = Set(music.player.map { heard(time($0.frame), $0.status, $0.data1) })
        for event in rig.recorder.human where event.kind == .noteOn {
            if !player.contains(heard(event.time, 0x90, event.key)) { return "\(event) is missing in the session" }
        }
        return nil
    }

    private struct Sent: Hashable {
        let frame: Int64
        let isOn: Bool
        let key: UInt8
    }

    /// The tokens the listener stepped are those of what was heard, encoded from nothing.
    static func faultInTokens(_ rig: Rig) -> String? {
        let rate = Int64(rig.sampleRate)
        let tick =
            ((rig.port.now - 1) * Int64(rig.representation.ticksPerSecond) + rate / 2) / rate
            - rig.recorder.undoneTicks
        let events = rig.recorder.heard.map(\.heardEvent)
        guard !events.isEmpty else { return nil }
        let expected = encode(rig.representation, events, until: tick)
        if rig.recorder.tokens == expected { return nil }
        return
            "the tokens are not those of what was heard: \(rig.recorder.tokens.suffix(5)) \(expected.suffix(5))"
    }

    static func encode<R: Representation>(_: R.Type, _ events: [HeardEvent], until tick: Int64) -> [Token] {
        var representation = R()
        var tokens: [Token] = []
        for event in events { representation.hear(event) { tokens.append($0) } }
        representation.advance(to: tick) { tokens.append($0) }
        return tokens
    }

    static let count = ProcessInfo.processInfo.environment["CONTINUO_PROGRAMS"].flatMap { Int($0) } ?? 10_000

    /// In batches, so that both cores are used.
    @Test(arguments: 0..<20) func programsEndInSilenceOnTheirFramesAndAreReproducible(batch: Int) {
        var played = 0
        for seed in stride(from: batch, to: Self.count, by: 20) {
            if let fault = Self.fault(of: Program(seed: UInt64(seed)), &played) {
                Issue.record("program \(seed): \(fault)")
                return
            }
        }
        // A machine that never plays would pass everything above.
        #expect(played > Self.count / 20 * 5, "only \(played) notes of the machine")
    }

    /// With 641 classes in a field and ticks of 4 ms, or with thousands of chords, live, without allocating: and models of either
    /// representation take over from each other.
    @Test(arguments: [TinyModel.wide, TinyModel.sonority])
    func aRepresentationHasItsOwnGridAndAnyNumberOfClasses(network: Network) {
        var played = 0
        for seed in 0..<400 as Range<UInt64> {
            var program = Program(seed: seed)
            program.model = network
            // Back to it, too.
            for (index, (frame, act)) in program.acts.enumerated() {
                guard case .control(.mind(_, let heard)) = act, index.isMultiple(of: 2) else { continue }
                program.acts[index] = (frame, .control(.mind(network.fingerprint, heard: heard)))
            }
            if let fault = Self.fault(of: program, &played) {
                Issue.record("program \(seed): \(fault)")
                return
            }
            var (begun, spent) = (0, 0)
            _ = program.run(laziness: 0) { begins in
                if begins { begun = continuo_allocations() } else { spent += continuo_allocations() - begun }
            }
            #expect(spent == 0, "program \(seed): \(spent) calls of the allocator")
        }
        #expect(played > 1000, "only \(played) notes of the machine")
    }

    /// One program in full, for whoever looks for a fault: CONTINUO_PROGRAM=1421.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["CONTINUO_PROGRAM"] != nil))
    func oneProgram() {
        let program = Program(seed: UInt64(ProcessInfo.processInfo.environment["CONTINUO_PROGRAM"]!)!)
        print(
            "dyads \(program.isDyads), \(program.sampleRate) Hz, from \(program.start), cycles \(Set(program.cycles))")
        for (frame, act) in program.acts { print(frame - program.start, act) }
        let rig = program.run(laziness: 0)
        for entry in rig.recorder.heard {
            print(entry.frame - program.start, entry.kind, entry.event, entry.token)
        }
        for entry in rig.recorder.dropped { print("dropped", entry.frame - program.start, entry.event) }
        for message in rig.output { print("out", message.frame - program.start, message) }
        var played = 0
        print(Self.fault(of: program, &played) ?? "no fault")
    }
}
