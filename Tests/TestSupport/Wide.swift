import Representation

/// `Performance` in other words, with a field of more classes than any bit mask of fixed size holds, on a grid of its own,
/// 4 ms: instrument, training and export must not care.
///
/// Fields: *shift* as there; *event*, one of 641 classes: note-on of key k with loudness l of four is 4k + l, note-off is
/// 512 + k, 640 is a wait.
public struct Wide: Representation {
    public static let name = "wide"
    public static let ticksPerSecond = 250
    public static let wait = 640
    public static let fields = [
        TokenField("shift", classes: Performance.longestShift + 1, role: .time),
        TokenField("event", classes: 641, role: .pitch),
    ]

    private var inner = Performance()

    public init() {}

    public var tick: Int64 { inner.tick }
    public var machineKeys: KeySet { inner.machineKeys }
    public var isAsleep: Bool { inner.isAsleep }

    /// A token of `Performance` as one of these.
    private static func wide(_ token: Token) -> Token {
        let key = token[1]
        let event =
            Int(key) == Performance.wait ? Int16(wait) : key >= 128 ? 512 + (key - 128) : 4 * key + token[2] / 8
        return Token(token[0], event, -1, -1)
    }

    private static func narrow(_ token: Token) -> Token {
        let event = token[1]
        if Int(event) == wait { return Token(token[0], Int16(Performance.wait), -1, -1) }
        if event >= 512 { return Token(token[0], 128 + (event - 512), -1, -1) }
        return Token(token[0], event / 4, event % 4 * 8 + 4, -1)
    }

    public mutating func hear(_ event: HeardEvent, certain: (Token) -> Void) {
        inner.hear(event) { certain(Self.wide($0)) }
    }

    public mutating func advance(to tick: Int64, certain: (Token) -> Void) {
        inner.advance(to: tick) { certain(Self.wide($0)) }
    }

    public mutating func assumeRest(at tick: Int64, assumed: (Token) -> Void, released: (KeyEvent) -> Void) {
        inner.assumeRest(at: tick, assumed: { assumed(Self.wide($0)) }, released: released)
    }

    public static func has(_ field: Int, given row: Token) -> Bool { field < 2 }

    public func mask(_ field: Int, given row: Token, within bounds: Bounds, into mask: Mask) {
        guard field == 1 else { return inner.mask(0, given: row, within: bounds, into: mask) }
        var words = InlineArray<5, UInt64>(repeating: 0)
        withUnsafeMutablePointer(to: &words) {
            let words = UnsafeMutableRawPointer($0).assumingMemoryBound(to: UInt64.self)
            let keys = Mask(words, classes: 257)
            inner.mask(1, given: row, within: bounds, into: keys)
            for key in 0..<128 {
                if keys.contains(key) { mask.insert(4 &* key, through: 4 &* key &+ 3) }
                if keys.contains(128 &+ key) { mask.insert(512 &+ key) }
            }
            if keys.contains(Performance.wait) { mask.insert(Self.wait) }
        }
    }

    public mutating func emit(_ token: Token, _ sounding: (KeyEvent) -> Void) {
        inner.emit(Self.narrow(token), sounding)
    }

    public mutating func releaseAll(at tick: Int64, certain: (Token) -> Void, _ sounding: (KeyEvent) -> Void) {
        inner.releaseAll(at: tick, certain: { certain(Self.wide($0)) }, sounding)
    }

    public static func notesBegun(by token: Token) -> Int { token[1] < 512 ? 1 : 0 }
    public static func keys(of token: Token) -> KeySet { Performance.keys(of: narrow(token)) }
    /// The note-ons with their loudness.
    public static var recalled: (field: Int, classes: Int) { (1, 512) }

    public static func augmented(_ tokens: some Sequence<Token>, _ change: Augmentation.Draw) -> [Token] {
        Performance.augmented(tokens.map(narrow), change).map(wide)
    }
}
