// REAL-TIME (port): what has gone out and has not ended yet.

/// Every message that is sent goes through here, so that nothing can sound which nobody will end: not after a full
/// buffer, on leaving, after kill -9 or when the server is lost.
struct OutputLedger {
    /// Of a `NoteList` that the performer keeps.
    private let list: NoteList.Words
    /// What sounds, whoever plays it.
    private var sounding = NoteMap()
    /// What is to end as soon as there is room.
    private var due = NoteMap()
    /// All that was ever begun: a destination that was away when it ended may still sound it.
    private var begun = NoteMap()
    /// What sounded when an earlier stage could no longer end it.
    private let left: NoteMap
    /// Whether `left` has not been sent to anybody yet.
    private var isLeftUntold = true
    private var isListOld = true

    init(list: NoteList.Words) {
        self.list = list
        var left = NoteMap()
        for index in 0..<NoteMap.wordCount { left[word: index] = list[index].load(ordering: .relaxed) }
        self.left = left
    }

    /// At the start of a cycle: sends what is due, and lists what sounds now that the cycle before has gone out.
    mutating func begin(_ output: inout OutputBuffer) {
        if isListOld {
            for index in 0..<NoteMap.wordCount { write(index) }
            isListOld = false
        }
        pay(into: &output)
    }

    /// A plain store, before the message that it tells of leaves the callback.
    private func write(_ index: Int) {
        let untold = isLeftUntold ? left[word: index] : 0
        list[index].store(sounding[word: index] | due[word: index] | untold, ordering: .releasing)
    }

    /// False if the buffer is full; the end of a note is sent later then.
    mutating func send(_ message: MIDIMessage, into output: inout OutputBuffer) -> Bool {
        let isEnd = NoteMap.isEnd(message)
        guard output.append(message) else {
            if isEnd { due.insert(message) }
            return false
        }
        note(message, isEnd)
        return true
    }

    private mutating func note(_ message: MIDIMessage, _ isEnd: Bool) {
        guard let word = NoteMap.word(of: message) else { return }
        isListOld = true
        if isEnd {
            // It stays on the list until the cycle has gone out.
            sounding.remove(message)
        } else {
            sounding.insert(message)
            begun.insert(message)
            // Its own end is to come; one that is still due would cut it off.
            due.remove(message)
            write(word)
        }
    }

    /// The port had no room for a message that was sent.
    mutating func refused(_ message: MIDIMessage) {
        guard NoteMap.isEnd(message) else { return }
        due.insert(message)
        isListOld = true
    }

    /// Whether the note or pedal that the message ends is down at the output.
    func sounds(_ message: MIDIMessage) -> Bool { sounding.contains(message) }

    /// Whether nothing is left to end.
    var isSettled: Bool { sounding.isEmpty && due.isEmpty }

    /// Whether anything sounds on the channel at the output.
    func soundsAnything(on channel: UInt8) -> Bool {
        sounding[word: Int(channel) &* 2] | sounding[word: Int(channel) &* 2 &+ 1] != 0
    }

    /// Whatever an earlier stage or this one ever began ends, unless it sounds now: a destination has been connected that may
    /// have been away when the end went out.
    mutating func releaseLeft(into output: inout OutputBuffer) {
        for index in 0..<NoteMap.wordCount {
            due[word: index] |= (left[word: index] | begun[word: index]) & ~sounding[word: index]
        }
        isLeftUntold = false
        isListOld = true
        pay(into: &output)
    }

    /// Everything that sounds ends.
    mutating func releaseAll(into output: inout OutputBuffer) {
        for index in 0..<NoteMap.wordCount { due[word: index] |= sounding[word: index] }
        pay(into: &output)
    }

    private mutating func pay(into output: inout OutputBuffer) {
        for index in 0..<NoteMap.wordCount {
            while let end = due.end(inWord: index) {
                guard output.append(end) else { return }
                due.remove(end)
                note(end, true)
            }
        }
    }
}
