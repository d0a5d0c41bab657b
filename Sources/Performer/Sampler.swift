// REAL-TIME: draws a token, field by field.

import Representation

/// Where a draw stands in the session. The random number follows from this alone (a counter-based generator; Salmon
/// et al., "Parallel random numbers: as easy as 1, 2, 3", 2011), so how far the planner has run ahead, and what it has
/// taken back, changes nothing.
struct DrawPlace: BitwiseCopyable {
    var seed: UInt64
    var turn: UInt64
    var token: UInt64

    /// A number in [0, 1) for a field, of 24 bits.
    func uniform(_ field: Int) -> Float {
        var x = Self.mix(seed &+ 0x9E37_79B9_7F4A_7C15)
        x = Self.mix(x ^ (turn &* 0xD1B5_4A32_D192_ED03))
        x = Self.mix(x ^ (token &<< 2 &+ UInt64(field)))
        return Float(x >> 40) * 0x1p-24
    }

    /// The finaliser of SplitMix64 (Steele, Lea & Flood 2014).
    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

struct Sampler: BitwiseCopyable {
    let values: ParameterValues

    /// Temperature and top-p of a field; representations of more than three fields share the last.
    private func freedom(_ field: Int) -> (temperature: Float, topP: Float) {
        switch field {
        case 0: (values[.temperatureTime], values[.topPTime])
        case 1: (values[.temperatureKey], values[.topPKey])
        default: (values[.temperatureVelocity], values[.topPVelocity])
        }
    }

    /// A token for the planner's present state, within bounds.
    func draw(_ mind: MindView, at place: DrawPlace, within bounds: Bounds) -> Token {
        var row = Token.empty
        let representation = mind.planner.representation
        for field in 0..<mind.fieldCount where representation.pointee.has(field, given: row) {
            let mask = representation.pointee.mask(field, given: row, within: bounds)
            mind.engine.logits(
                field, given: row, state: mind.planner.state, scratch: mind.scratch, into: mind.logits)
            row[field] = Int16(choose(mind, field, mask, place.uniform(field)))
        }
        return row
    }

    /// Softmax at a temperature over the legal classes, cut to the likeliest that make up top-p (Holtzman et al.,
    /// "The curious case of neural text degeneration", 2020).
    private func choose(_ mind: MindView, _ field: Int, _ mask: Mask, _ uniform: Float) -> Int32 {
        let (temperature, topP) = freedom(field)
        let (probabilities, order) = (mind.probabilities, mind.order)
        var (count, greatest) = (0, -Float.infinity)
        for value in 0..<mind.classes[field] where mask.contains(value) {
            probabilities[count] = mind.logits[value]
            order[count] = Int32(truncatingIfNeeded: value)
            greatest = max(greatest, mind.logits[value])
            count &+= 1
        }
        guard count > 1, greatest.isFinite else { return order[0] }
        for index in 0..<count { probabilities[index] = (probabilities[index] - greatest) / temperature }
        mind.exponentiate(probabilities, count)
        var total: Float = 0
        for index in 0..<count { total += probabilities[index] }
        if topP < 1 {
            sort(probabilities, order, count)
            var (kept, sum) = (0, Float(0))
            while kept < count && sum < topP * total {
                sum += probabilities[kept]
                kept &+= 1
            }
            (count, total) = (max(kept, 1), sum)
        }
        var (rest, last) = (uniform * total, 0)
        for index in 0..<count where probabilities[index] > 0 {
            rest -= probabilities[index]
            if rest < 0 { return order[index] }
            last = index
        }
        // The sum was rounded up.
        return order[last]
    }

    /// Shellsort (gaps of Ciura 2001), likeliest first, equals in ascending class: in place and of bounded cost.
    private func sort(_ probabilities: UnsafeMutablePointer<Float>, _ order: UnsafeMutablePointer<Int32>, _ count: Int)
    {
        let gaps: InlineArray<7, Int> = [301, 132, 57, 23, 10, 4, 1]
        for step in gaps.indices where gaps[step] < count {
            let gap = gaps[step]
            for index in gap..<count {
                let (probability, value) = (probabilities[index], order[index])
                var hole = index
                while hole >= gap {
                    let other = probabilities[hole &- gap]
                    guard other < probability || (other == probability && order[hole &- gap] > value) else { break }
                    probabilities[hole] = other
                    order[hole] = order[hole &- gap]
                    hole &-= gap
                }
                probabilities[hole] = probability
                order[hole] = value
            }
        }
    }
}
