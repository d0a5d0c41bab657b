// REAL-TIME (port): the thread that plays on ALSA's sequencer. ALSAPort.swift prepares it.

import CALSA
import CPlatform
import Glibc
import Performer
import Ports
import Realtime
import Synchronization

/// What the thread tells the others, and they it; at one address for as long as the port lives.
struct ALSAShared: ~Copyable {
    let isLeaving = Atomic(false)
    let hasEnded = Atomic(false)
    /// Clients or ports have come or gone.
    let portsChanged = Atomic(true)
    /// The output was connected.
    let outputConnected = Atomic(false)
    /// A bit for each client that has gone, or whose port has: its number may be another's by the time that one looks.
    let gone = InlineArray<4, Atomic<UInt64>> { _ in Atomic(0) }
    /// Cycles that were missed, and times that the kernel's buffer lost input.
    let xruns = Atomic(0)
}

/// The cycles of the port. Input waits for the cycle after that in which it arrived, so that the stage hears of it before
/// that cycle's output goes out; it keeps its place in it. Output goes out at its frame: the kernel is handed nothing for
/// later, so nothing ever has to be recalled.
///
/// alsa-lib takes no locks of its own. All its calls here end in one system call on /dev/snd/seq, opened not to block; the
/// converters of events into bytes and back work in their own memory.
struct ALSACycle: ~Copyable {
    private static let room = 2048
    private let sequencer: OpaquePointer
    private let converter: OpaquePointer
    private let output: UInt8
    private let announcements: UInt8
    private let stage: StageHandle
    private let shared: UnsafeMutablePointer<ALSAShared>
    private var clock: CycleClock
    private let descriptor: Int32
    /// What has arrived since the last cycle began, and when.
    private let heard = UnsafeMutablePointer<MIDIMessage>.allocate(capacity: room)
    private let arrivals = UnsafeMutablePointer<Int64>.allocate(capacity: room)
    private var heardCount = 0
    private var overruns = 0
    private let played = UnsafeMutablePointer<MIDIMessage>.allocate(capacity: room)

    /// - Parameters:
    ///   - sequencer: `snd_seq_t`, opened not to block; this thread's alone for input and output.
    ///   - converter: `snd_midi_event_t`, which writes a status byte before each message.
    ///   - output: the port that plays.
    ///   - announcements: the port that hears of clients and ports.
    init(
        sequencer: OpaquePointer, converter: OpaquePointer, output: UInt8, announcements: UInt8, stage: StageHandle,
        shared: UnsafeMutablePointer<ALSAShared>
    ) {
        self.sequencer = sequencer
        self.converter = converter
        self.output = output
        self.announcements = announcements
        self.stage = stage
        self.shared = shared
        clock = CycleClock(origin: monotonicNanoseconds())
        var poll = pollfd()
        snd_seq_poll_descriptors(sequencer, &poll, 1, Int16(POLLIN))
        descriptor = poll.fd
        // The pages are touched now.
        heard.initialize(repeating: MIDIMessage(offset: 0, status: 0), count: Self.room)
        arrivals.initialize(repeating: 0, count: Self.room)
        played.initialize(repeating: MIDIMessage(offset: 0, status: 0), count: Self.room)
    }

    deinit {
        heard.deallocate()
        arrivals.deallocate()
        played.deallocate()
    }

    /// Until the port closes or the sequencer has gone.
    @_noAllocation @_noLocks mutating func play() {
        while !shared.pointee.isLeaving.load(ordering: .relaxed) && !shared.pointee.hasEnded.load(ordering: .relaxed) {
            listen(until: clock.due)
            let start = clock.begin(at: monotonicNanoseconds())
            shared.pointee.xruns.store(clock.missed &+ overruns, ordering: .relaxed)
            run(from: start)
        }
    }

    @_noAllocation @_noLocks private mutating func run(from start: Int64) {
        let begun = threadNanoseconds()
        for index in 0..<heardCount {
            heard[index].offset = clock.offset(of: arrivals[index], inCycleAt: start)
        }
        let count = stage.run(
            Cycle(
                start: start, frames: CycleClock.frames, input: UnsafeBufferPointer(start: heard, count: heardCount),
                output: UnsafeMutableBufferPointer(start: played, count: Self.room)))
        heardCount = 0
        for index in 0..<count {
            let message = played[index]
            let due = clock.time(of: start &+ Int64(message.offset))
            if due > monotonicNanoseconds() { listen(until: due) }
            if !send(message) { stage.refused(message) }
        }
        stage.endCycle(begunAt: begun)
    }

    // MARK: Input

    /// Sleeps until a time, but takes what arrives when it arrives; at least what is there already.
    @_noAllocation @_noLocks private mutating func listen(until end: Int64) {
        var left = end &- monotonicNanoseconds()
        repeat {
            if hasInput(within: max(0, left)) { receive(at: monotonicNanoseconds()) }
            left = end &- monotonicNanoseconds()
        } while left > 0
    }

    @_semantics("no_performance_analysis")  // the only wait of the loop
    private func hasInput(within nanoseconds: Int64) -> Bool {
        // A full buffer is emptied when the next cycle begins; till then input waits in the kernel's.
        let found = continuo_wait_for_input(heardCount < Self.room ? descriptor : -1, nanoseconds)
        guard found > 0 else { return false }
        if found & (POLLERR | POLLHUP | POLLNVAL) != 0 { shared.pointee.hasEnded.store(true, ordering: .releasing) }
        return found & POLLIN != 0
    }

    /// Takes all that has arrived.
    @_semantics("no_performance_analysis")  // alsa-lib: one read, into memory that it has from the start
    private mutating func receive(at arrival: Int64) {
        while heardCount < Self.room {
            var event: UnsafeMutablePointer<snd_seq_event_t>?
            let code = snd_seq_event_input(sequencer, &event)
            // The kernel's buffer was full and lost something; it goes on with what comes now.
            if code == -ENOSPC {
                overruns += 1
                continue
            }
            guard code >= 0, let event else {
                if code == -ENODEV || code == -EBADFD { shared.pointee.hasEnded.store(true, ordering: .releasing) }
                return
            }
            if event.pointee.dest.port == announcements {
                hear(of: event.pointee)
            } else {
                keep(event, arrival)
            }
        }
    }

    /// Of the connections that are made and cut, which are announced too, only those of the output are news.
    private func hear(of announcement: snd_seq_event_t) {
        if announcement.type == snd_seq_event_type_t(SND_SEQ_EVENT_PORT_SUBSCRIBED.rawValue),
            announcement.data.connect.sender.client == announcement.dest.client,
            announcement.data.connect.sender.port == output
        {
            shared.pointee.outputConnected.store(true, ordering: .releasing)
        }
        let first = snd_seq_event_type_t(SND_SEQ_EVENT_CLIENT_START.rawValue)
        let last = snd_seq_event_type_t(SND_SEQ_EVENT_PORT_CHANGE.rawValue)
        guard first...last ~= announcement.type else { return }
        let type = UInt32(announcement.type)
        if type == SND_SEQ_EVENT_CLIENT_EXIT.rawValue || type == SND_SEQ_EVENT_PORT_EXIT.rawValue {
            let client = Int(announcement.data.addr.client)
            shared.pointee.gone[client / 64].bitwiseOr(1 << UInt64(client % 64), ordering: .relaxed)
        }
        shared.pointee.portsChanged.store(true, ordering: .releasing)
    }

    /// An event of the sequencer can be several messages: a parameter of 14 bits is up to four controllers.
    private mutating func keep(_ event: UnsafeMutablePointer<snd_seq_event_t>, _ arrival: Int64) {
        var bytes = InlineArray<12, UInt8>(repeating: 0)
        var span = bytes.mutableSpan
        let size = span.withUnsafeMutableBufferPointer {
            snd_midi_event_decode(converter, $0.baseAddress, $0.count, event)
        }
        var place = 0
        while place < size && heardCount < Self.room {
            var end = place + 1
            while end < size && bytes[end] < 0x80 { end += 1 }
            if end - place <= 3 {
                heard[heardCount] = MIDIMessage(
                    offset: 0, status: bytes[place], data1: end - place > 1 ? bytes[place + 1] : 0,
                    data2: end - place > 2 ? bytes[place + 2] : 0, size: UInt8(end - place))
                arrivals[heardCount] = arrival
                heardCount += 1
            }
            place = end
        }
    }

    // MARK: Output

    /// Delivers a message to all that `midi_out` is connected to.
    /// - Returns: false if it should be tried again.
    @_semantics("no_performance_analysis")  // alsa-lib: one write of an event that lies on the stack
    private func send(_ message: MIDIMessage) -> Bool {
        let bytes: InlineArray<3, UInt8> = [message.status, message.data1, message.data2]
        var event = snd_seq_event_t()
        let size = bytes.span.withUnsafeBufferPointer {
            snd_midi_event_encode(converter, $0.baseAddress, Int(message.size), &event)
        }
        guard size > 0 else { return true }
        event.source.port = output
        event.dest.client = UInt8(SND_SEQ_ADDRESS_SUBSCRIBERS)
        event.dest.port = UInt8(SND_SEQ_ADDRESS_UNKNOWN)
        event.queue = UInt8(SND_SEQ_QUEUE_DIRECT)
        // ENOMEM: the buffer of a device is full, and will empty itself. Any other failure is a receiver's that does not
        // read: all others have got the message, and it is not sent to them again.
        return snd_seq_event_output_direct(sequencer, &event) != -ENOMEM
    }
}
