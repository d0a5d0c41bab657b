import Time

/// A note as it is written: in beats, whatever the tempo.
public struct BeatNote: Hashable, Sendable {
    public var onset: Beats
    /// More than 0.
    public var duration: Beats
    /// 0…127.
    public var key: UInt8
    /// From 0: which of several voices has it.
    public var voice: Int

    public init(onset: Beats, duration: Beats, key: UInt8, voice: Int = 0) {
        self.onset = onset
        self.duration = duration
        self.key = key
        self.voice = voice
    }

    public var end: Beats { onset + duration }
}
