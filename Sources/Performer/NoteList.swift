// REAL-TIME (port): what sounds at the output, as words that the stage writes and any thread reads.

import Synchronization

/// Where the stage lists what sounds at the output, so that whoever comes after it can end that: the next performer on
/// the next JACK server, or, if the memory is a mapped file's, the next daemon.
public final class NoteList: @unchecked Sendable {
    // Unchecked: atomics, written by the stage's thread alone, one stage at a time.
    typealias Words = UnsafeMutablePointer<Atomic<UInt64>>

    /// Bytes of the memory: a word for each half of a channel, then one for each kind of pedal.
    public static let byteCount = NoteMap.wordCount * 8
    let words: Words
    private let free: @Sendable () -> Void

    /// - Parameters:
    ///   - memory: of `byteCount` bytes, aligned to 8: the list of an earlier stage, or all zero.
    ///   - free: called when nobody needs the memory any more.
    public init(at memory: UnsafeMutableRawPointer, free: @escaping @Sendable () -> Void) {
        words = memory.bindMemory(to: Atomic<UInt64>.self, capacity: NoteMap.wordCount)
        self.free = free
    }

    /// One that ends with the program.
    public convenience init() {
        let words = Words.allocate(capacity: NoteMap.wordCount)
        for index in 0..<NoteMap.wordCount { (words + index).initialize(to: Atomic(0)) }
        nonisolated(unsafe) let memory = UnsafeMutableRawPointer(words)  // freed once, by the last owner
        self.init(at: memory) { memory.deallocate() }
    }

    deinit { free() }

    /// The list as numbers.
    /// - Thread: any
    public var contents: [UInt64] { (0..<NoteMap.wordCount).map { words[$0].load(ordering: .relaxed) } }

    /// Makes it the list of an earlier stage, before one writes into it.
    /// - Parameter contents: of another list, or empty.
    /// - Thread: control
    public func fill(_ contents: [UInt64]) {
        for (index, word) in contents.prefix(NoteMap.wordCount).enumerated() {
            words[index].store(word, ordering: .relaxed)
        }
    }

    /// - Thread: any
    public var isEmpty: Bool { (0..<NoteMap.wordCount).allSatisfy { words[$0].load(ordering: .relaxed) == 0 } }
}
