import Allocations
import Performer
import Ports
import Realtime
import Testing

/// What the compiler cannot see: how often the real-time path really calls the allocator, and whether the kernel must find
/// it memory.
@Suite struct RealtimePathTests {
    /// The counter counts, of this thread and no other.
    @Test func allocationsAreCounted() {
        let before = continuo_allocations()
        let memory = UnsafeMutableRawPointer.allocate(byteCount: 100_000, alignment: 64)
        #expect(continuo_allocations() > before)
        memory.deallocate()
        #expect(continuo_allocations() > before + 1)
    }

    /// Notes, pedals, floods, noise, parameters, commands, new models: neither the stage in its cycle nor the improviser
    /// allocates or frees.
    @Test func noEventAndNoCycleAllocates() {
        var (cycles, notes) = (0, 0)
        for seed in 0..<400 as Range<UInt64> {
            var (begun, spent) = (0, 0)
            let rig = Program(seed: seed).run(laziness: 0) { begins in
                if begins {
                    begun = continuo_allocations()
                } else {
                    spent += continuo_allocations() - begun
                    cycles += 1
                }
            }
            notes += rig.performer.stageCounters.played.value
            #expect(spent == 0, "program \(seed): \(spent) calls of the allocator")
        }
        #expect(cycles > 400_000 && notes > 1000)
    }

    /// A new performer's first cycle finds all its memory in place: it was touched when it was made. The code itself has
    /// run before, as the daemon's rehearsal sees to.
    @Test func noPageIsMissing() {
        let faults = Ring<Int>(capacity: 2)
        defer { faults.deallocate() }
        let thread = RealtimeThread(name: "faults", priority: nil) {
            var (begun, spent) = (0, 0)
            for round in 0..<2 {
                spent = 0
                for seed in 0..<20 as Range<UInt64> {
                    _ = Program(seed: seed).run(laziness: 0) { begins in
                        if begins {
                            begun = continuo_page_faults()
                        } else {
                            spent += continuo_page_faults() - begun
                        }
                    }
                }
                if round == 1 { faults.push(spent) }
            }
        }
        thread.join()
        #expect(faults.pop() == 0)
    }

    /// A new model every half second, while both play. Nothing that is played or
    /// planned is dropped or late, and the old model is freed by a thread of control, never by the improviser.
    @Test(arguments: [64, 128, 256, 1024]) func aChangeOfTheModelIsNotHeard(frames: Int) throws {
        let rig = Rig(TinyModel.performance) {
            $0[.yield] = 0
            $0[.channel] = 2
            $0[.shortest] = 60
            $0[.longest] = 60
        }
        var (begun, spent) = (0, 0)
        rig.port.watch = { begins in
            if begins { begun = continuo_allocations() } else { spent += continuo_allocations() - begun }
        }
        try rig.performer.command(.takeover)
        rig.play(until: 9600, cycle: frames)
        let first = rig.port.now
        var changes = 0
        weak var old: Mind?
        var expected: [Int64] = []
        /// A message every 400 ms, in the middle of a cycle: each has the machine plan anew, and what it waits for is drawn
        /// again.
        func cycle() {
            let frame = rig.port.now + Int64(frames) / 2
            guard frame - (expected.last ?? 0) >= 19_200 else { return rig.cycle(frames) }
            let (key, isOn) = (UInt8(36 + expected.count / 2 % 48), expected.count % 2 == 0)
            rig.cycle(frames, [isOn ? rig.on(frame: frame, key) : rig.off(frame: frame, key)])
            expected.append(frame)
        }
        while rig.port.now < 48_000 * 60 {
            cycle()
            guard (rig.port.now - first) / 24_000 > changes else { continue }
            changes += 1
            let mind = TinyModel.mind(changes % 3 == 0 ? TinyModel.dyads : TinyModel.performance)
            try rig.adopt(mind)
            cycle()
            #expect(changes == 1 || old != nil, "the old model was freed by the improviser")
            rig.performer.freeRetired()
            #expect(old == nil, "the old model was not freed")
            old = mind
        }
        let counters = rig.performer.stageCounters
        #expect(spent == 0, "the real-time path called the allocator \(spent) times")
        #expect(counters.late.value + counters.dropped.value + counters.lost.value + counters.overflows.value == 0)
        #expect(counters.played.value > 20 && expected.count > 100, "\(counters.played.value) notes of the machine")
        // All that was played came through, on its frame.
        let human = rig.output.filter { $0.status & 0x0F == 0 }
        #expect(human.map(\.frame) == expected)
        for event in rig.recorder.heard where event.kind == .event && event.event.player == .machine {
            guard event.event.kind != .noteOn || event.frame == event.event.tick * 480 else {
                Issue.record("a note off its frame: \(event)")
                return
            }
        }
    }
}
