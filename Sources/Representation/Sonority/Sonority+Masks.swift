// REAL-TIME (improviser): which chord may come when.

extension Sonority {
    public func mask(_ field: Int, given row: Token, within bounds: Bounds, into mask: Mask) {
        switch field {
        case 0: insertOffsets(bounds, into: mask)
        case 1: insertChords(offset: Int(row[0]), bounds, into: mask)
        case 2:
            let shortest = tables.duration(nearest: bounds.shortestNote)
            let isShorter = tables.duration(shortest) < bounds.shortestNote
            let last = tables.durationCount &- 1
            mask.insert(min(isShorter ? shortest &+ 1 : shortest, last), through: last)
        default: mask.insertAll()
        }
    }

    private func insertOffsets(_ bounds: Bounds, into mask: Mask) {
        var nearest = -1
        for offset in 0..<tables.offsetCount {
            let target = tick &+ tables.offset(offset)
            guard target >= max(bounds.earliest, bounds.firstOnset) && target < bounds.lastOnset else { continue }
            guard bounds.grid?.isOnset(target) ?? true else { continue }
            guard Free(self, at: target, bounds).hasAny else { continue }
            if target <= bounds.latest { mask.insert(offset) } else if nearest < 0 { nearest = offset }
        }
        // Between the steps of the grid there may be none in time: then the first one after.
        if bounds.beginsNote && mask.isEmpty && nearest >= 0 && bounds.latest >= max(bounds.earliest, tick) {
            let gap = tables.offset(nearest) &- (nearest > 0 ? tables.offset(nearest &- 1) : 0)
            if tick &+ tables.offset(nearest) &- bounds.latest < gap { mask.insert(nearest) }
        }
        if !bounds.beginsNote || mask.isEmpty { mask.insert(Self.rest) }
    }

    private func insertChords(offset: Int, _ bounds: Bounds, into mask: Mask) {
        let free = Free(self, at: tick &+ tables.offset(offset), bounds)
        guard !free.isEverything else { return mask.insertAll() }
        for chord in 0..<tables.count where free.allows(tables.keys(chord)) { mask.insert(chord) }
    }

    /// What may be struck at a tick. The machine may strike its own keys again.
    private struct Free {
        private var blocked: KeySet
        /// Keys of the machine that sound on.
        private var sounding = KeySet()
        private var polyphony: Int
        /// Keys of a chord: under a ceiling on the density one, or two where that much is free.
        private let most: Int

        init(_ state: Sonority, at target: Int64, _ bounds: Bounds) {
            blocked = bounds.barred
            most = bounds.firstPair == .min ? 128 : target >= bounds.firstPair ? 2 : 1
            polyphony = bounds.polyphony
            guard !bounds.ownsAllKeys else {
                polyphony = 128
                return
            }
            blocked = blocked.union(state.soundingKeys.subtracting(state.machineKeys))
            for key in state.machineKeys where state.ends[key] > target {
                sounding.insert(key)
                if target < state.onsets[key] &+ bounds.shortestNote { blocked.insert(key) }
            }
        }

        var isEverything: Bool { blocked.isEmpty && polyphony >= 128 && most >= 128 }

        /// Whether a single key may be struck; all single keys are chords, so where none may, no chord may.
        var hasAny: Bool {
            let free = blocked.inverted
            if sounding.count < polyphony { return !free.isEmpty }
            return sounding.count == polyphony && !free.intersection(sounding).isEmpty
        }

        func allows(_ keys: KeySet) -> Bool {
            keys.count <= most && blocked.intersection(keys).isEmpty && sounding.union(keys).count <= polyphony
        }
    }

    public static func meaning(of value: Int, in field: Int) -> Meaning {
        switch (field, value) {
        case (0, rest): .shift(Int16(restTicks))
        case (0, _): .shift(Int16(ChordTables.shared.offset(value)))
        case (1, _): .strike(UInt8(ChordTables.shared.keys(value).highest))
        case (3, _): .velocity(Performance.velocity(value))
        default: .nothing
        }
    }
}
