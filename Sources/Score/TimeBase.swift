import Time

/// What a tick of a MIDI file lasts.
public enum TimeBase: Equatable, Sendable {
    /// 1…32767; how long a quarter note lasts is for the tempo changes to say.
    case ticksPerQuarter(Int)
    /// SMPTE time: 24, 25, 29 (which stands for 30000/1001) or 30 frames per second, and 1…255 ticks per frame.
    case ticksPerFrame(Int, framesPerSecond: Int)

    /// From the header's word; nil if it names neither. (RP-001, "Header Chunks")
    init?(division: UInt16) {
        let low = Int(division & 0xFF)
        let framesPerSecond = -Int(Int8(truncatingIfNeeded: division >> 8))
        if division & 0x8000 == 0, division > 0 {
            self = .ticksPerQuarter(Int(division))
        } else if [24, 25, 29, 30].contains(framesPerSecond), low > 0 {
            self = .ticksPerFrame(low, framesPerSecond: framesPerSecond)
        } else {
            return nil
        }
    }

    var division: UInt16 {
        switch self {
        case .ticksPerQuarter(let ticks): UInt16(ticks)
        case .ticksPerFrame(let ticks, let framesPerSecond):
            UInt16(UInt8(bitPattern: Int8(-framesPerSecond))) << 8 | UInt16(ticks)
        }
    }

    /// Units in which elapsed time is summed: a tick × microsecond per quarter, or a tick of an SMPTE frame.
    var unitRate: UnitRate {
        switch self {
        case .ticksPerQuarter(let ticks): UnitRate(Int128(ticks) * 1_000_000)
        case .ticksPerFrame(let ticks, 29): UnitRate(Int128(30_000 * ticks), inSeconds: 1_001)
        case .ticksPerFrame(let ticks, let framesPerSecond): UnitRate(Int128(framesPerSecond * ticks))
        }
    }

    /// How many times finer its ticks can be, up to `limit` (at least 1) times: if possible such that a hundredth of a
    /// second is a whole number of them, in this tempo.
    func finest(limit: Int, microsecondsPerQuarter: Int) -> Int {
        let most: Int
        // Ticks in a hundredth of a second are `ticks` / `whole`.
        let (ticks, whole): (Int, Int)
        switch self {
        case .ticksPerQuarter(let division):
            (most, ticks, whole) = (0x7FFF / division, 10_000 * division, microsecondsPerQuarter)
        case .ticksPerFrame(let division, let framesPerSecond):
            (most, ticks, whole) = (0xFF / division, division * framesPerSecond, 100)
        }
        let factors = 1...min(most, limit)
        return factors.last { ticks * $0 % whole == 0 } ?? factors.upperBound
    }

    func finer(_ factor: Int) -> TimeBase {
        switch self {
        case .ticksPerQuarter(let ticks): .ticksPerQuarter(ticks * factor)
        case .ticksPerFrame(let ticks, let frames): .ticksPerFrame(ticks * factor, framesPerSecond: frames)
        }
    }
}
