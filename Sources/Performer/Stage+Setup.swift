// Not real-time: prepares what the stage shares with the other threads.

import Realtime
import Synchronization

/// The ways between control, stage and improviser. Handles: copies mean the same rings.
struct Links: @unchecked Sendable {
    // Unchecked: pointers to atomics and rings, each with one producer and one consumer.
    /// Control → stage.
    let control = Ring<ControlMessage>(capacity: 4096)
    /// Stage → improviser.
    let records = Ring<StageRecord>(capacity: 16384)
    /// Improviser → stage. A replay gives the stage a ring of its own.
    var plan = Ring<PlanMessage>(capacity: 4096)
    /// Improviser → who wants to see the plan: the same again. What finds no room nobody sees.
    let outlook = Ring<PlanMessage>(capacity: 4096)
    /// Improviser → whoever keeps a record.
    let journal = Ring<JournalEntry>(capacity: 65536)
    /// Improviser → control: minds no longer in use; as many as may be on their way.
    let retired = Ring<OpaquePointer>(capacity: 4096)
    /// Wakes the improviser; see `Stage.wakeImproviser`.
    let wake = CountingSemaphore()
    /// The end of the last cycle, in frames.
    let now = UnsafeMutablePointer<Atomic<Int64>>.allocate(capacity: 1)
    /// Up to where the improviser has seen to everything.
    let seen = UnsafeMutablePointer<Atomic<Int64>>.allocate(capacity: 1)
    /// After `stop`: the end of the cycle in which everything was ended.
    let silentFrom = UnsafeMutablePointer<Atomic<Int64>>.allocate(capacity: 1)
    /// What the improviser is at, a `Phase`.
    let phase = UnsafeMutablePointer<Atomic<UInt8>>.allocate(capacity: 1)

    init() {
        phase.initialize(to: Atomic(0))
        now.initialize(to: Atomic(0))
        seen.initialize(to: Atomic(.max))
        silentFrom.initialize(to: Atomic(.max))
    }

    func deallocate() {
        control.deallocate()
        records.deallocate()
        plan.deallocate()
        outlook.deallocate()
        journal.deallocate()
        retired.deallocate()
        wake.deallocate()
        now.deallocate()
        seen.deallocate()
        silentFrom.deallocate()
        phase.deallocate()
    }
}

/// What the stage counts; `status` shows all of it.
public struct StageCounters: Sendable {
    /// Notes of the machine that sounded.
    public let played = Counter()
    /// Events that left after the frame they were planned for.
    public let late = Counter()
    /// The frame on which the last of them left, or would have.
    public let lastLate = Counter()
    /// Notes that were not played: the key was taken, or they were far too late.
    public let dropped = Counter()
    /// Notes ended because they exceeded `max-note`.
    public let overlong = Counter()
    /// Times the improviser was silent for too long and its notes were ended.
    public let silenced = Counter()
    /// Messages, the player's or the machine's, that found no room in the port's buffer; note-offs are sent later.
    public let overflows = Counter()
    /// Messages that came back to the input after they had been sent, and were dropped.
    public let echoes = Counter()
    /// Records that found no room on their way to the improviser.
    public let lost = Counter()
    /// The beat as it was last told: `Beat.State`, of its line millionths of a frame a beat, frame and `Beats.units`, and the two
    /// numbers of the meter in 16 bits each.
    let beatState = Counter()
    let tempo = Counter()
    let beatFrame = Counter()
    let beatUnits = Counter()
    let meter = Counter()
    /// Nanoseconds of its own that the port's thread used in a cycle.
    public let callback = Histogram()

    /// By the names that `status` gives them.
    public var counts: [(name: String, counter: Counter)] {
        [
            ("played", played), ("late", late), ("dropped", dropped), ("overlong", overlong), ("silenced", silenced),
            ("overflows", overflows), ("lost", lost), ("echoes", echoes),
        ]
    }
    public var times: [(name: String, histogram: Histogram)] { [("callback", callback)] }

    func deallocate() {
        for (_, counter) in counts { counter.deallocate() }
        for counter in [lastLate, beatState, tempo, beatFrame, beatUnits, meter] { counter.deallocate() }
        for (_, histogram) in times { histogram.deallocate() }
    }
}

extension Stage {
    init(timebase: Timebase, values: ParameterValues, links: Links, list: NoteList.Words, tape: Ring<TapeItem>?) {
        self.init(
            timebase: timebase, links: links, counters: StageCounters(), values: values,
            echo: EchoFilter(timebase: timebase), clock: BeatClock(sampleRate: Int(timebase.rate), values: values),
            ledger: OutputLedger(list: list),
            longestSilence: timebase.frames(milliseconds: 200),
            longestSleep: timebase.frames(milliseconds: 10), tape: TapeHead(ring: tape))
    }
}
