// REAL-TIME: what the classes of fields say, whatever the representation.

/// What a class of a field says, as far as following the player needs to know.
public enum Meaning: BitwiseCopyable, Sendable, Equatable {
    /// Nothing of the kind.
    case nothing
    /// So many ticks pass before what the token's other fields say.
    case shift(Int16)
    /// This key is struck.
    case strike(UInt8)
    /// This key ends.
    case release(UInt8)
    /// It is struck with this velocity.
    case velocity(UInt8)
}

/// The meanings of all classes, in memory of its own. A handle.
public struct MeaningTable: @unchecked Sendable {
    // Unchecked: nobody writes to it once it is made.
    private let meanings: UnsafeMutablePointer<Meaning>
    private let starts: InlineArray<4, Int>
    public let fieldCount: Int

    /// - Thread: any, not real-time; whoever makes it deallocates it
    public init(_ type: any Representation.Type) {
        let fields = type.fields
        var starts = InlineArray<4, Int>(repeating: 0)
        var count = 0
        for (index, field) in fields.enumerated() {
            starts[index] = count
            count += field.classes
        }
        (self.starts, fieldCount) = (starts, fields.count)
        meanings = .allocate(capacity: count)
        for (index, field) in fields.enumerated() {
            for value in 0..<field.classes {
                (meanings + starts[index] + value).initialize(to: type.meaning(of: value, in: index))
            }
        }
    }

    public func deallocate() { meanings.deallocate() }

    @_noAllocation @_noLocks
    public subscript(_ field: Int, _ value: Int) -> Meaning { meanings[starts[field] &+ value] }
}
