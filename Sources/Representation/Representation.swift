/// Music as tokens: a representation turns a stream of played events, from a file or live, into tokens and back.
///
/// A representation is a plain value of fixed size: copying it is the snapshot, and nothing in it allocates. One
/// tick is 10 ms. All methods may be called from the real-time thread.

/// One row of up to four categorical fields; −1 where a field is absent. A network takes it as its `FieldRow`, which is
/// the same type by another name.
public typealias Token = SIMD4<Int16>

extension Token {
    /// The row with every field absent.
    @inlinable public static var empty: Token { Token(repeating: -1) }
}

/// Ticks per second of every representation.
@inlinable public var ticksPerSecond: Int { 100 }

public enum Player: UInt8, Sendable, BitwiseCopyable {
    case human, machine
}

/// An event that sounded (or, for the pedal, that shapes what sounds), on the tick grid.
public struct HeardEvent: Equatable, Sendable, BitwiseCopyable {
    public enum Kind: UInt8, Sendable, BitwiseCopyable {
        case noteOff, pedalUp, pedalDown, noteOn
    }

    public var tick: Int64
    public var kind: Kind
    public var player: Player
    /// 0…15; read for human events only, since each channel has its own pedal.
    public var channel: UInt8
    public var key: UInt8
    /// 1…127 of a note-on.
    public var velocity: UInt8

    @_noAllocation @_noLocks public init(
        tick: Int64, kind: Kind, player: Player = .human, channel: UInt8 = 0, key: UInt8 = 0, velocity: UInt8 = 0
    ) {
        self.tick = tick
        self.kind = kind
        self.player = player
        self.channel = channel
        self.key = key
        self.velocity = velocity
    }
}

/// A note-on or note-off that the machine is to play.
public struct KeyEvent: Equatable, Sendable, BitwiseCopyable {
    public var tick: Int64
    public var isOn: Bool
    public var key: UInt8
    /// 1…127 of a note-on, 0 of a note-off.
    public var velocity: UInt8

    @_noAllocation @_noLocks public init(tick: Int64, isOn: Bool, key: UInt8, velocity: UInt8 = 0) {
        self.tick = tick
        self.isOn = isOn
        self.key = key
        self.velocity = velocity
    }
}

/// What a token may do where it is to be drawn.
public struct Bounds: Sendable, BitwiseCopyable {
    /// In a corpus any sounding key may end; at play the machine ends only its own.
    public var ownsAllKeys: Bool
    /// The first tick an event may have.
    public var earliest = Int64.min
    /// The last tick an event may have (the entry of a reply).
    public var latest = Int64.max
    /// The first tick at which no note may begin any more (the end of a reply).
    public var lastOnset = Int64.max
    /// Only a note-on will do (the first event of a reply).
    public var beginsNote = false
    /// Keys the machine may sound at once.
    public var polyphony = 128
    /// Ticks after which a note may end; 1 in a corpus, where a note-off never stands in the tick of its note-on.
    public var shortestNote: Int64 = 1
    /// Keys it may not strike, besides those that sound: the player holds them, though the stream, begun anew since,
    /// may not know of it.
    public var taken = KeySet()

    public static var corpus: Bounds { Bounds(ownsAllKeys: true) }
    // The attributes stand on the accessor, so it must be written out.
    // swift-format-ignore: UseSingleLinePropertyGetter
    public static var play: Bounds {
        @_noAllocation @_noLocks get { Bounds(ownsAllKeys: false) }
    }

    private init(ownsAllKeys: Bool) { self.ownsAllKeys = ownsAllKeys }
}

public protocol Representation: BitwiseCopyable, Sendable {
    static var name: String { get }
    /// Name and number of classes of each field, in the order they are drawn.
    static var fields: [(name: String, classes: Int)] { get }

    init()

    /// Where the stream stands: the tick that the next token's shift counts from.
    var tick: Int64 { get }
    /// The keys the machine sounds.
    var machineKeys: KeySet { get }
    /// Whether the stream has been silent for so long that no token is stepped any more.
    var isAsleep: Bool { get }

    /// An event sounded. `settled` gets the tokens that are certain by now, in order.
    mutating func hear(_ event: HeardEvent, settled: (Token) -> Void)

    /// Time passed until `tick` and nothing else sounded before it.
    mutating func advance(to tick: Int64, settled: (Token) -> Void)

    /// The tokens to assume if nothing more is heard before `tick`; `released` gets the machine's notes that this
    /// ends. Called on a copy, which is thrown away when the assumption proves wrong.
    mutating func assumeRest(at tick: Int64, assumed: (Token) -> Void, released: (KeyEvent) -> Void)

    /// Whether a row has field `field`, given the fields before it.
    static func has(_ field: Int, given row: Token) -> Bool

    /// The classes field `field` may take, given the fields of `row` before it. Never empty.
    func mask(_ field: Int, given row: Token, within bounds: Bounds) -> Mask

    /// Puts the tokens of a stream in `EventOrder.canonical`. What has but one order leaves them as they are.
    static func sortCanonically(_ tokens: inout [Token])

    /// The machine plays `token`: what it makes sound, in time order, earlier ends first.
    mutating func emit(_ token: Token, _ sounding: (KeyEvent) -> Void)

    /// Every note of the machine ends at `tick`: the tokens that say so, and the note-offs.
    mutating func releaseAll(at tick: Int64, settled: (Token) -> Void, _ sounding: (KeyEvent) -> Void)
}
