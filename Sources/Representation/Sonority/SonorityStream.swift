// Not real-time: a field of `sonority` by itself, for measurements.

/// Which field a `SonorityStream` has.
public protocol SonorityStreamField: Sendable {
    static var index: Int { get }
}

public enum ChordStream: SonorityStreamField { public static var index: Int { 1 } }
public enum OffsetStream: SonorityStreamField { public static var index: Int { 0 } }
public enum DurationStream: SonorityStreamField { public static var index: Int { 2 } }

/// One field of `Sonority`'s tokens, where it is there, and nothing beside it: what models of the literature are trained on
/// that predict chords, offsets and durations apart. In the same vocabulary, so that they can be compared. It can be learnt
/// and evaluated, and not be played, since none of the streams says what sounds.
public struct SonorityStream<Field: SonorityStreamField>: Representation {
    public static var name: String { "sonority-\(Sonority.fields[Field.index].name)" }
    public static var fields: [TokenField] { [Sonority.fields[Field.index]] }
    public static var ticksPerSecond: Int { Sonority.ticksPerSecond }
    public static var isPlayable: Bool { false }

    private var inner = Sonority()

    public init() {}

    public var tick: Int64 { inner.tick }
    public var machineKeys: KeySet { inner.machineKeys }
    public var isAsleep: Bool { inner.isAsleep }

    /// Nil if the token lacks the field.
    private static func alone(_ token: Token) -> Token? {
        token[Field.index] < 0 ? nil : Token(token[Field.index], -1, -1, -1)
    }

    public mutating func hear(_ event: HeardEvent, certain: (Token) -> Void) {
        inner.hear(event) { if let token = Self.alone($0) { certain(token) } }
    }

    public mutating func advance(to tick: Int64, certain: (Token) -> Void) {
        inner.advance(to: tick) { if let token = Self.alone($0) { certain(token) } }
    }

    public mutating func assumeRest(at tick: Int64, assumed: (Token) -> Void, released: (KeyEvent) -> Void) {
        inner.assumeRest(at: tick, assumed: { if let token = Self.alone($0) { assumed(token) } }, released: released)
    }

    public static func has(_ field: Int, given row: Token) -> Bool { true }

    public func mask(_ field: Int, given row: Token, within bounds: Bounds, into mask: Mask) { mask.insertAll() }

    public mutating func emit(_ token: Token, _ sounding: (KeyEvent) -> Void) {}

    public mutating func releaseAll(at tick: Int64, certain: (Token) -> Void, _ sounding: (KeyEvent) -> Void) {
        inner.releaseAll(at: tick, certain: { if let token = Self.alone($0) { certain(token) } }, sounding)
    }

    public static var counted: String { "chord" }
    public static func notesBegun(by token: Token) -> Int { 1 }

    public static func keys(of token: Token) -> KeySet {
        Field.index == 1 ? Sonority.keys(of: Token(0, token[0], -1, -1)) : KeySet()
    }

    public static var recalled: (field: Int, classes: Int) { (0, fields[0].classes) }

    /// Chords are transposed. Tempo and loudness are of the other fields, and change nothing.
    public static func augmented(_ tokens: some Sequence<Token>, _ change: Augmentation.Draw) -> [Token] {
        guard Field.index == 1 else { return Array(tokens) }
        let chords = tokens.map { Token(0, $0[0], 0, 0) }
        return Sonority.augmented(chords, Augmentation.Draw(transposition: change.transposition)).map {
            Token($0[1], -1, -1, -1)
        }
    }
}
