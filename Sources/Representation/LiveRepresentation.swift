// REAL-TIME (improviser): a representation of a type that the model chooses at run time.

/// A handle of a representation in memory that the caller owns: the type's metatype beside the address, since the
/// real-time path may make no existential boxes. A copy of the handle is the same representation; to copy the
/// representation, copy `byteCount(of:)` bytes.
///
/// The compiler cannot see what a witness table calls, so these methods are exempt from its analysis. `Performance+Proof.swift`
/// has it prove Performance's methods, and `RealtimePathTests` counts allocations with every representation.
public struct LiveRepresentation: @unchecked Sendable {
    // Unchecked: as the memory that it points to.
    private let memory: UnsafeMutableRawPointer
    private let type: any Representation.Type
    private let roles: InlineArray<4, TokenField.Role>
    private let classes: InlineArray<4, Int>
    /// Bytes that it takes in memory.
    public let byteCount: Int
    public let fieldCount: Int
    public let ticksPerSecond: Int64

    /// Bytes that a representation takes in memory.
    public static func byteCount(of type: any Representation.Type) -> Int { type.byteCount }

    /// - Parameter memory: aligned to 64, of at least `byteCount(of: type)` bytes; `reset` initialises it.
    public init(_ type: any Representation.Type, at memory: UnsafeMutableRawPointer) {
        let fields = type.fields
        precondition(1...Token.scalarCount ~= fields.count, "\(type.name): one to four fields")
        var roles = InlineArray<4, TokenField.Role>(repeating: .time)
        var classes = InlineArray<4, Int>(repeating: 0)
        for (index, field) in fields.enumerated() { (roles[index], classes[index]) = (field.role, field.classes) }
        (self.memory, self.type, self.roles, self.classes) = (memory, type, roles, classes)
        fieldCount = fields.count
        byteCount = type.byteCount
        precondition(1...1000 ~= type.ticksPerSecond, "\(type.name): 1 to 1000 ticks a second")
        ticksPerSecond = Int64(type.ticksPerSecond)
    }

    @_noAllocation @_noLocks public func role(_ field: Int) -> TokenField.Role { roles[field] }
    @_noAllocation @_noLocks public func classCount(_ field: Int) -> Int { classes[field] }

    /// Makes this one the same as another of its type.
    @_noAllocation @_noLocks public func copy(from other: LiveRepresentation) {
        memory.copyMemory(from: other.memory, byteCount: byteCount)
    }

    /// The start of a stream.
    @_semantics("no_performance_analysis")  // a witness table's entry
    public func reset() { type.initialize(memory) }

    public var tick: Int64 {
        @_semantics("no_performance_analysis")  // a witness table's entry
        get { type.tick(memory) }
    }

    public var machineKeys: KeySet {
        @_semantics("no_performance_analysis")  // a witness table's entry
        get { type.machineKeys(memory) }
    }

    public var isAsleep: Bool {
        @_semantics("no_performance_analysis")  // a witness table's entry
        get { type.isAsleep(memory) }
    }

    @_semantics("no_performance_analysis")  // a witness table's entry
    public func has(_ field: Int, given row: Token) -> Bool { type.has(field, given: row) }

    /// The classes that `field` may take.
    /// - Parameter words: room for the mask, which is filled anew.
    @_noAllocation @_noLocks
    public func mask(
        _ field: Int, given row: Token, within bounds: Bounds, in words: UnsafeMutablePointer<UInt64>
    ) -> Mask {
        let mask = Mask(words, classes: classes[field])
        mask.removeAll()
        fill(mask, field, row, bounds)
        return mask
    }

    @_semantics("no_performance_analysis")  // a witness table's entry
    private func fill(_ mask: Mask, _ field: Int, _ row: Token, _ bounds: Bounds) {
        type.fill(memory, mask, field, row, bounds)
    }

    @_semantics("no_performance_analysis")  // a witness table's entry
    public func hear(_ event: HeardEvent, certain: (Token) -> Void) {
        type.hear(memory, event, certain)
    }

    @_semantics("no_performance_analysis")  // a witness table's entry
    public func advance(to tick: Int64, certain: (Token) -> Void) {
        type.advance(memory, tick, certain)
    }

    @_semantics("no_performance_analysis")  // a witness table's entry
    public func assumeRest(at tick: Int64, assumed: (Token) -> Void, released: (KeyEvent) -> Void) {
        type.assumeRest(memory, tick, assumed, released)
    }

    @_semantics("no_performance_analysis")  // a witness table's entry
    public func emit(_ token: Token, _ sounding: (KeyEvent) -> Void) {
        type.emit(memory, token, sounding)
    }

    @_semantics("no_performance_analysis")  // a witness table's entry
    public func releaseAll(at tick: Int64, certain: (Token) -> Void, _ sounding: (KeyEvent) -> Void) {
        type.releaseAll(memory, tick, certain, sounding)
    }
}

private typealias Memory = UnsafeMutableRawPointer

/// The same with a type that is known, on the value in memory itself: no copy is made.
extension Representation {
    fileprivate static var byteCount: Int { MemoryLayout<Self>.size }

    private static func at(_ memory: Memory) -> UnsafeMutablePointer<Self> {
        memory.assumingMemoryBound(to: Self.self)
    }

    fileprivate static func initialize(_ memory: Memory) { at(memory).initialize(to: Self()) }

    fileprivate static func tick(_ memory: Memory) -> Int64 { at(memory).pointee.tick }

    fileprivate static func machineKeys(_ memory: Memory) -> KeySet { at(memory).pointee.machineKeys }

    fileprivate static func isAsleep(_ memory: Memory) -> Bool { at(memory).pointee.isAsleep }

    fileprivate static func fill(_ memory: Memory, _ mask: Mask, _ field: Int, _ row: Token, _ bounds: Bounds) {
        at(memory).pointee.mask(field, given: row, within: bounds, into: mask)
    }

    fileprivate static func hear(_ memory: Memory, _ event: HeardEvent, _ certain: (Token) -> Void) {
        at(memory).pointee.hear(event, certain: certain)
    }

    fileprivate static func advance(_ memory: Memory, _ tick: Int64, _ certain: (Token) -> Void) {
        at(memory).pointee.advance(to: tick, certain: certain)
    }

    fileprivate static func assumeRest(
        _ memory: Memory, _ tick: Int64, _ assumed: (Token) -> Void, _ released: (KeyEvent) -> Void
    ) {
        at(memory).pointee.assumeRest(at: tick, assumed: assumed, released: released)
    }

    fileprivate static func emit(_ memory: Memory, _ token: Token, _ sounding: (KeyEvent) -> Void) {
        at(memory).pointee.emit(token, sounding)
    }

    fileprivate static func releaseAll(
        _ memory: Memory, _ tick: Int64, _ certain: (Token) -> Void, _ sounding: (KeyEvent) -> Void
    ) {
        at(memory).pointee.releaseAll(at: tick, certain: certain, sounding)
    }
}
