// REAL-TIME (improviser): the chord hand.

import Representation

/// The keys below `chord-split`, while it is on: they say what the harmony is, and are no call and no interruption.
struct ChordZone: BitwiseCopyable {
    /// Keys struck in the zone and held.
    private var held = KeySet()
    /// What was held when a key of the zone was last struck.
    private var last: PitchClasses?

    /// The pitch classes of what is held; if nothing is, of the last chord.
    var harmony: PitchClasses? { held.isEmpty ? last : classes }

    private var classes: PitchClasses {
        var classes = PitchClasses()
        for key in held { classes.insert(key) }
        return classes
    }

    /// Whether the event is the chord hand's. A key ends where it began, wherever the split is by now.
    func takes(_ event: HeardEvent, _ values: ParameterValues) -> Bool {
        switch event.kind {
        case .noteOn: values.isInChordZone(Int(event.key))
        case .noteOff: held.contains(Int(event.key))
        case .pedalDown, .pedalUp: false
        }
    }

    /// An event that it takes.
    /// - Parameter keys: those under the player's fingers since.
    mutating func hear(_ event: HeardEvent, _ keys: KeySet) {
        let key = Int(event.key)
        if event.kind == .noteOn {
            held.insert(key)
            last = classes
        } else if !keys.contains(key) {
            held.remove(key)
        }
    }

    /// The key is struck as any other.
    mutating func leave(_ key: Int) { held.remove(key) }

    /// Nothing was ever played; what is held is still held.
    mutating func forget() { last = held.isEmpty ? nil : classes }
}

extension ParameterValues {
    /// Whether a key, struck now, is the chord hand's.
    func isInChordZone(_ key: Int) -> Bool { key < Int(self[.chordSplit]) }
}
