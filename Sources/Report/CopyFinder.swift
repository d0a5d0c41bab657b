/// How much of a continuation stands in the training set note by note.

/// The longest run of notes found, and where.
public struct CopiedRun: Sendable, Encodable {
    public private(set) var notes = 0
    /// The piece of the training set.
    public private(set) var piece = ""

    mutating func take(_ notes: Int, _ piece: String) {
        if notes > self.notes { (self.notes, self.piece) = (notes, piece) }
    }
}

/// Finds the longest run of successive onsets that some music shares with the music it was made of, in any
/// transposition: compared are the steps from key to key. A suffix automaton (Blumer et al. 1985), so that a training set
/// of millions of notes is read through once.
package struct CopyFinder {
    /// 256 successors a state, −1 for none.
    private var next: [Int32] = []
    private var link: [Int32] = []
    private var length: [Int32] = []
    private var last: Int32 = 0
    /// No step, so no run reaches over it.
    private static let boundary = 255

    /// - Parameter pieces: the keys of each by onset.
    package init(_ pieces: [[UInt8]]) {
        _ = state(length: 0, link: -1)
        for keys in pieces {
            for step in Self.steps(keys) { append(step) }
            append(Self.boundary)
        }
    }

    /// −127…127 as 0…254.
    private static func steps(_ keys: [UInt8]) -> [Int] {
        zip(keys, keys.dropFirst()).map { (from: UInt8, to: UInt8) -> Int in
            let step = Int(to & 127) - Int(from & 127)
            return step + 127
        }
    }

    private mutating func state(length: Int32, link: Int32, like other: Int32? = nil) -> Int32 {
        if let other {
            let first = 256 * Int(other)
            next += Array(next[first..<first + 256])
        } else {
            next += [Int32](repeating: -1, count: 256)
        }
        self.length.append(length)
        self.link.append(link)
        return Int32(self.length.count - 1)
    }

    private mutating func append(_ symbol: Int) {
        let new = state(length: length[Int(last)] + 1, link: 0)
        var place = last
        last = new
        while place >= 0 && next[256 * Int(place) + symbol] < 0 {
            next[256 * Int(place) + symbol] = new
            place = link[Int(place)]
        }
        guard place >= 0 else { return }
        let found = next[256 * Int(place) + symbol]
        if length[Int(found)] == length[Int(place)] + 1 {
            link[Int(new)] = found
            return
        }
        let copy = state(length: length[Int(place)] + 1, link: link[Int(found)], like: found)
        while place >= 0 && next[256 * Int(place) + symbol] == found {
            next[256 * Int(place) + symbol] = copy
            place = link[Int(place)]
        }
        link[Int(found)] = copy
        link[Int(new)] = copy
    }

    /// Notes in a row that `keys` has in common with the pieces; 0 if not even two.
    package func longestRun(in keys: [UInt8]) -> Int {
        var (state, run, best) = (Int32(0), 0, 0)
        for step in Self.steps(keys) {
            while state > 0 && next[256 * Int(state) + step] < 0 {
                state = link[Int(state)]
                run = Int(length[Int(state)])
            }
            let following = next[256 * Int(state) + step]
            if following >= 0 { (state, run) = (following, run + 1) } else { run = 0 }
            best = max(best, run)
        }
        return best > 0 ? best + 1 : 0
    }
}
