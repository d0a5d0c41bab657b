// REAL-TIME (improviser): the player's phrase, and when it is over.

import Representation

/// What turn-taking needs to know of the player's hands and foot, in frames.
struct Phrase: BitwiseCopyable {
    /// When the phrase began; nil while the player has struck no key since the machine's last turn.
    private(set) var start: Int64?
    private(set) var lastEvent: Int64 = .min / 2
    private var lastOnset: Int64 = .min / 2
    private var lastKeyUp: Int64 = .min / 2
    /// When each held key was struck; `.min` while it is up. The latest strike counts, on whatever channel.
    private var held = InlineArray<128, Int64>(repeating: .min)
    /// The keys under the player's fingers.
    private(set) var heldKeys = KeySet()
    private var fingers = InlineArray<128, UInt16>(repeating: 0)
    /// When each channel's pedal went down; `.min` while it is up.
    private var pedals = InlineArray<16, Int64>(repeating: .min)
    private(set) var cues = TurnCues()

    /// - Parameter second: in frames.
    mutating func hear(_ event: HeardEvent, at frame: Int64, second: Int64) {
        cues.hear(event, at: frame, second: second)
        let key = Int(event.key)
        let bit = UInt16(1) << UInt16(event.channel)
        switch event.kind {
        case .noteOn:
            if start == nil { start = frame }
            (lastOnset, lastEvent) = (frame, frame)
            held[key] = frame
            fingers[key] |= bit
            heldKeys.insert(key)
        case .noteOff:
            (lastKeyUp, lastEvent) = (frame, frame)
            fingers[key] &= ~bit
            if fingers[key] == 0 {
                held[key] = .min
                heldKeys.remove(key)
            }
        case .pedalDown: pedals[Int(event.channel)] = frame
        case .pedalUp:
            pedals[Int(event.channel)] = .min
            lastEvent = frame
        }
    }

    /// A key of the chord hand: it is held, and tells nothing of the phrase.
    mutating func hold(_ event: HeardEvent, at frame: Int64) {
        let key = Int(event.key)
        let bit = UInt16(1) << UInt16(event.channel)
        held[key] = .min
        cues.letGo(key, at: frame)
        if event.kind == .noteOn { fingers[key] |= bit } else { fingers[key] &= ~bit }
        if fingers[key] == 0 { heldKeys.remove(key) } else { heldKeys.insert(key) }
    }

    /// The machine has had its turn, or the player is to begin anew. Keys still held are known.
    mutating func end() { start = nil }

    /// Whether the key is held on the channel.
    func isHeld(_ key: Int, _ channel: Int) -> Bool { fingers[key] >> UInt16(channel) & 1 != 0 }

    func isPedalDown(_ channel: Int) -> Bool { pedals[channel] != .min }

    /// The length of the call so far.
    var length: Int64 { start.map { max(lastEvent &- $0, 0) } ?? 0 }

    /// From when on the player counts as resting, if nothing more comes: `patience` after the last note-on and the
    /// last key-up; keys and pedals that are held count as resting once they are held longer than `hold`.
    func restBegins(patience: Int64, hold: Int64) -> Int64 {
        var frame = max(lastOnset, lastKeyUp) &+ patience
        for key in 0..<128 where held[key] != .min { frame = max(frame, held[key] &+ hold) }
        for channel in 0..<16 where pedals[channel] != .min { frame = max(frame, pedals[channel] &+ hold) }
        return frame
    }
}
