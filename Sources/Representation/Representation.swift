// REAL-TIME (improviser): what a representation does live; the rest is for training, evaluation and export.

import Score

/// Music as tokens: a representation turns a stream of played events, from a file or live, into tokens and back.
///
/// A representation is a plain value of fixed size: copying it is the snapshot, and nothing in it allocates. Its times are
/// ticks of a grid of its own. `Representations` lists the types that conform.
public protocol Representation: BitwiseCopyable, Sendable {
    /// As recipes and model files name it.
    static var name: String { get }
    /// One to four, in the order in which they are drawn.
    static var fields: [TokenField] { get }
    /// Its grid, 1…1000.
    static var ticksPerSecond: Int { get }
    /// Whether the instrument can play what a model of it draws. By default it can.
    static var isPlayable: Bool { get }

    /// The start of a stream.
    /// - Thread: any
    init()

    // MARK: Live
    // Each may run on the improviser's thread (real-time): no allocation, no lock.

    /// Where the stream stands: the tick that the next token's shift counts from.
    var tick: Int64 { get }
    /// The keys the machine sounds.
    var machineKeys: KeySet { get }
    /// Whether the stream has been silent for so long that no token is stepped any more.
    var isAsleep: Bool { get }

    /// An event sounded. `certain` gets the tokens that are final by now, in order.
    mutating func hear(_ event: HeardEvent, certain: (Token) -> Void)

    /// Time passed until `tick` and nothing else sounded before it.
    mutating func advance(to tick: Int64, certain: (Token) -> Void)

    /// The tokens to assume if nothing more is heard before `tick`; `released` gets the machine's notes that this
    /// ends. Called on a copy, which is thrown away when the assumption proves wrong.
    mutating func assumeRest(at tick: Int64, assumed: (Token) -> Void, released: (KeyEvent) -> Void)

    /// Whether a row has field `field`, given the fields before it.
    static func has(_ field: Int, given row: Token) -> Bool

    /// Inserts the classes that field `field` may take, given the fields of `row` before it: one at least.
    /// - Parameter mask: of the field's classes, empty.
    func mask(_ field: Int, given row: Token, within bounds: Bounds, into mask: Mask)

    /// The machine plays `token`: what it makes sound, in time order, earlier ends first.
    mutating func emit(_ token: Token, _ sounding: (KeyEvent) -> Void)

    /// Every note of the machine ends at `tick`: the tokens that say so, and the note-offs.
    mutating func releaseAll(at tick: Int64, certain: (Token) -> Void, _ sounding: (KeyEvent) -> Void)

    /// The music is over: what the machine sounds ends when it was to end; by default at once. Not live.
    mutating func finish(_ sounding: (KeyEvent) -> Void)

    /// What a class of a field says, the same wherever it stands. By default nothing: then the machine does not follow the player
    /// beyond what its network does.
    static func meaning(of value: Int, in field: Int) -> Meaning

    // MARK: Training and evaluation

    /// What the names of the files end with that it reads, in lower case. By default MIDI files.
    static var fileSuffixes: [String] { get }
    /// The tokens of a file of music. By default those of a MIDI file, heard as if played.
    /// - Throws: an error that names the file.
    static func tokens(ofFile path: String, order: EventOrder) throws -> [Token]
    /// What losses are counted by, in words.
    static var counted: String { get }
    /// Number of notes that a token begins, or of whatever `counted` names: losses are given in nats for each.
    static func notesBegun(by token: Token) -> Int
    /// The keys that a token names, those of note-offs too.
    static func keys(of token: Token) -> KeySet
    /// The field that a network's recall remembers, and how many of its classes, from the first on.
    static var recalled: (field: Int, classes: Int) { get }
    /// The piece moved in pitch, loudness and tempo.
    static func augmented(_ tokens: some Sequence<Token>, _ change: Augmentation.Draw) -> [Token]
}

extension Representation {
    public static var isPlayable: Bool { true }

    public mutating func finish(_ sounding: (KeyEvent) -> Void) {
        releaseAll(at: tick, certain: { _ in }, sounding)
    }

    public static func meaning(of value: Int, in field: Int) -> Meaning { .nothing }

    public static var fileSuffixes: [String] { MIDIFile.suffixes }

    public static var counted: String { "note" }

    public static func tokens(ofFile path: String, order: EventOrder) throws -> [Token] {
        encode(try MIDIFile(path: path).playedEvents(), order: order)
    }

    /// Number of notes that the tokens begin.
    public static func notesBegun(by tokens: some Sequence<Token>) -> Int {
        tokens.reduce(0) { $0 + notesBegun(by: $1) }
    }
}

/// A representation whose tokens within a tick can be put in an order that does not depend on how they were played.
public protocol CanonicallyOrdered: Representation {
    /// Puts the tokens of a stream in `EventOrder.canonical`.
    static func sortCanonically(_ tokens: inout [Token])
}

/// A representation whose losses can be compared with the literature's: events of the same music in the 388-event
/// vocabulary of Performance RNN (Oore et al. 2018).
public protocol ReferenceVocabulary: Representation {
    /// Number of events of the piece in that vocabulary.
    static func referenceEvents(_ tokens: some Sequence<Token>) -> Int
}
