// REAL-TIME (port): what the stage sends in a cycle.

/// Room for the messages of one cycle, in the port's or the caller's memory.
struct OutputBuffer {
    var messages: UnsafeMutablePointer<MIDIMessage>?
    var capacity = 0
    private(set) var count = 0

    init(messages: UnsafeMutablePointer<MIDIMessage>? = nil, capacity: Int = 0) {
        self.messages = messages
        self.capacity = capacity
    }

    /// False if it is full.
    mutating func append(_ message: MIDIMessage) -> Bool {
        guard count < capacity else { return false }
        messages![count] = message
        count &+= 1
        return true
    }
}
