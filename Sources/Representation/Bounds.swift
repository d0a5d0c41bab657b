// REAL-TIME (any): the constraints of a draw.

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
    /// The first tick at which a note may begin, and the first at which two may at once (a ceiling on the density).
    public var firstOnset = Int64.min
    public var firstPair = Int64.min
    /// Where notes may begin and end; nil: anywhere.
    public var grid: OnsetGrid?
    /// Keys it may not strike, besides those that sound: a constraint forbids them, or the player holds them, though the
    /// stream, begun anew since, may not know of it.
    public var barred = KeySet()

    public static var corpus: Bounds { Bounds(ownsAllKeys: true) }
    // The attributes stand on the accessor, so it must be written out.
    // swift-format-ignore: UseSingleLinePropertyGetter
    public static var play: Bounds {
        @_noAllocation @_noLocks get { Bounds(ownsAllKeys: false) }
    }

    private init(ownsAllKeys: Bool) { self.ownsAllKeys = ownsAllKeys }
}
