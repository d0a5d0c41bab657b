/// What came out of the instrument, and what that says of it.

/// Frames are the server's. The instrument passes the player's notes through, so its own stream tells both hands.
public struct Take: Sendable {
    /// The machine begins to play.
    public struct Reply: Equatable, Sendable {
        /// Of its first note.
        public var frame: Int64
        /// When the player last struck or left a key; nil if never.
        public var playerLast: Int64?
        /// From the player's last event to the machine's first.
        public var delay: Int64? { playerLast.map { frame - $0 } }
    }

    /// The player strikes a key while the machine sounds.
    public struct Yield: Equatable, Sendable {
        /// Of the player's note.
        public var frame: Int64
        /// Notes of the machine that sounded.
        public var notes: Int
        /// When the last of them had ended; nil while one sounds.
        public var silent: Int64?
        public var latency: Int64? { silent.map { $0 - frame } }
    }

    /// In order.
    public private(set) var messages: [FrameMessage] = []
    public private(set) var replies: [Reply] = []
    public private(set) var yields: [Yield] = []
    /// Notes begun.
    public private(set) var humanNotes = 0
    public private(set) var machineNotes = 0
    /// The keys that sound, of each.
    public private(set) var human: Set<UInt8> = []
    public private(set) var machine: Set<UInt8> = []
    /// The machine's last message.
    public private(set) var machineLast = Int64.min / 2
    let machineChannel: UInt8
    private var playerLast: Int64?
    private var isReplying = false
    /// Notes of the machine that ended at `endsFrame`.
    private var ends = 0
    private var endsFrame = Int64.min

    /// - Parameter machineChannel: 0…15; what is on other channels is the player's.
    public init(machineChannel: UInt8) { self.machineChannel = machineChannel }

    public mutating func append(_ heard: FrameMessage) {
        messages.append(heard)
        let (frame, message) = (heard.frame, heard.message)
        let isMachine = message.status & 0x0F == machineChannel
        if isMachine { machineLast = frame }
        switch message.status & 0xF0 {
        case 0x90 where message.data2 > 0:
            if isMachine { machineStrikes(message.data1, frame) } else { playerStrikes(message.data1, frame) }
        case 0x80, 0x90:
            if isMachine {
                machineLeaves(message.data1, frame)
            } else {
                human.remove(message.data1)
                playerLast = frame
            }
        default: break
        }
    }

    private mutating func playerStrikes(_ key: UInt8, _ frame: Int64) {
        human.insert(key)
        humanNotes += 1
        playerLast = frame
        guard isReplying else { return }
        isReplying = false
        // What is released for this note comes before it in the stream, if it comes in time.
        let released = endsFrame == frame ? ends : 0
        guard released + machine.count > 0 else { return }
        yields.append(Yield(frame: frame, notes: released + machine.count, silent: machine.isEmpty ? frame : nil))
    }

    private mutating func machineStrikes(_ key: UInt8, _ frame: Int64) {
        machine.insert(key)
        machineNotes += 1
        guard !isReplying else { return }
        isReplying = true
        replies.append(Reply(frame: frame, playerLast: playerLast))
    }

    private mutating func machineLeaves(_ key: UInt8, _ frame: Int64) {
        guard machine.remove(key) != nil else { return }
        ends = (endsFrame == frame ? ends : 0) + 1
        endsFrame = frame
        if machine.isEmpty, let last = yields.indices.last, yields[last].silent == nil { yields[last].silent = frame }
    }
}
