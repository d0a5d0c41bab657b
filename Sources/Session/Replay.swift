/// A tape played again, by the instrument itself.

import Kernels
import Network
import Performer
import Ports
import Realtime

/// What comes out when a tape is played again, beside what came out then.
/// - Thread: control, always the same one
public struct Replay {
    /// Where the output first differs.
    public struct Difference: Equatable, Sendable {
        /// Frame of the first message that differs.
        public let frame: Int64
        /// What was sent then, and what is sent now; nil where nothing was.
        public let then, now: MIDIMessage?
    }

    /// First frame of the tape.
    public private(set) var start: Int64?
    /// Length in frames.
    public private(set) var frames: Int64 = 0
    public private(set) var cycles = 0
    /// Messages that were sent, then and now.
    public private(set) var sent = (then: 0, now: 0)
    /// Cycles whose output differs.
    public private(set) var differing = 0
    public private(set) var first: Difference?
    /// Note-ons that went out then, of these the ones that do not go out now, and those that are new. A note is the same on the
    /// same frame, channel and key with the same velocity.
    public private(set) var notes = (then: 0, gone: 0, new: 0, first: Int64?.none)
    /// First message of the taped plan that the improviser does not send now; nil if it sends all.
    public private(set) var unplanned: PlanMessage?
    /// Number of rare answers on the tape: late events, lost records.
    public private(set) var lapses = 0
    public private(set) var ending = Tape.Ending.end
    /// What is sent now, at absolute frames.
    public private(set) var output: [TimedMessage] = []

    /// Whether all that came out comes out again, and by the same plan.
    public var isSame: Bool { differing == 0 && unplanned == nil }

    /// - Parameters:
    ///   - whose: `taped` to see whether it is the same; `own` to hear what another model or other parameters make of it.
    ///   - overrides: values of parameters for the whole tape, whatever it sets them to.
    ///   - network: gives the network that has a fingerprint.
    /// - Throws: `TapeError` if the tape is damaged, and what `network` throws.
    public init(
        _ tape: Tape, _ whose: ReplayedPlan, overrides: [Parameter: Float] = [:], kernels: KernelTable,
        network: (UInt64) throws -> Network
    ) throws {
        var tape = tape
        prepareRealtimeThread()
        let list = NoteList()
        list.fill(tape.header.left)
        var values = tape.header.values
        for (parameter, value) in overrides { values[parameter] = value }
        let performer = Performer(
            mind: try Mind(network(tape.header.model), kernels: kernels), sampleRate: tape.header.sampleRate,
            values: values, list: list, isReplay: true)
        var planned: Set<PlanMessage> = []
        var memory = ReplayedMemory()
        while var cycle = try tape.next() {
            cycle.control.removeAll { item in
                guard case .parameter(let index, _) = item, let set = Parameter(rawValue: Int(index)) else {
                    return false
                }
                return overrides[set] != nil
            }
            let now = try performer.replay(cycle, whose) {
                if case .taped = whose { planned.insert($0) }
            } mind: { fingerprint, heard in
                let mind = try Mind(network(fingerprint), kernels: kernels)
                mind.prime(with: memory.entries(before: heard), sampleRate: tape.header.sampleRate)
                return mind
            }
            memory.collect(from: performer)
            compare(cycle, now)
            if case .taped = whose {
                for message in cycle.plan where unplanned == nil && message.kind != .withdraw {
                    if !planned.contains(message) { unplanned = message }
                }
            }
        }
        ending = tape.ending ?? .end
    }

    private mutating func compare(_ cycle: TapedCycle, _ now: [MIDIMessage]) {
        start = start ?? cycle.start
        cycles += 1
        frames += Int64(cycle.frames)
        lapses += cycle.lapses.count
        sent.then += cycle.output.count
        sent.now += now.count
        output += now.map {
            TimedMessage(
                frame: cycle.start + Int64($0.offset), status: $0.status, data1: $0.data1, data2: $0.data2,
                size: $0.size)
        }
        countNotes(cycle, now)
        guard now != cycle.output else { return }
        differing += 1
        guard first == nil else { return }
        let place = zip(cycle.output, now).prefix { $0 == $1 }.count
        let (old, new) = (cycle.output.dropFirst(place).first, now.dropFirst(place).first)
        let offset = [old, new].compactMap { $0?.offset }.min() ?? 0
        first = Difference(frame: cycle.start + Int64(offset), then: old, now: new)
    }
}

extension Replay {
    private mutating func countNotes(_ cycle: TapedCycle, _ now: [MIDIMessage]) {
        let then = cycle.output.filter { $0.status & 0xF0 == 0x90 && $0.data2 > 0 }
        notes.then += then.count
        guard now != cycle.output else { return }
        var new = now.filter { $0.status & 0xF0 == 0x90 && $0.data2 > 0 }
        var gone: [MIDIMessage] = []
        for note in then {
            if let place = new.firstIndex(of: note) { new.remove(at: place) } else { gone.append(note) }
        }
        notes.gone += gone.count
        notes.new += new.count
        if notes.first == nil, let offset = (gone + new).map(\.offset).min() {
            notes.first = cycle.start + Int64(offset)
        }
    }
}

/// What was heard, for a model that comes later in the tape to be primed with, as the daemon primes it.
private struct ReplayedMemory {
    private var heard: [JournalEntry] = []
    private var lastBlank: Int64 = 0
    private var keptNumber: Int64 = 0

    mutating func collect(from performer: Performer) {
        while let entry = performer.nextJournalEntry() {
            switch entry.kind {
            case .event, .mended: heard.append(entry)
            case .kept: keptNumber = entry.number
            case .undone: heard.removeAll { $0.number >= keptNumber }
            case .blank: lastBlank = entry.number
            case .token, .dropped, .adopted, .caughtUp: break
            }
        }
        if heard.count > 4 * RecentEvents.capacity { heard.removeFirst(2 * RecentEvents.capacity) }
    }

    func entries(before number: Int64) -> [JournalEntry] {
        heard.filter { $0.number >= lastBlank && $0.number < number }.suffix(RecentEvents.capacity)
    }
}
