/// A draw from logits.

/// Σ p of the classes with p ≥ `least`.
@inline(__always)
private func mass(_ p: UnsafePointer<Float>, _ count: Int, atLeast least: Vector) -> Float {
    var total = Vector.zero
    var at = 0
    while at < count {
        let v = load(p, at)
        total += Vector.zero.replacing(with: v, where: v .>= least)
        at += 16
    }
    return sum(total)
}

/// The largest p that, with all larger ones, makes up `wanted`: by halving the range of bit patterns, which positive
/// floats are ordered by.
@inline(__always)
private func nucleus(_ p: UnsafePointer<Float>, _ count: Int, _ wanted: Float) -> Float {
    var enough: UInt32 = 0
    var tooHigh = Float(1).bitPattern &+ 1
    while tooHigh &- enough > 1 {
        let middle = enough &+ (tooHigh &- enough) >> 1
        if mass(p, count, atLeast: Vector(repeating: Float(bitPattern: middle))) >= wanted {
            enough = middle
        } else {
            tooHigh = middle
        }
    }
    return Float(bitPattern: enough)
}

/// Draws a class by softmax at a temperature over the legal classes, cut to the likeliest that make up `share` (Holtzman
/// et al., "The curious case of neural text degeneration", 2020); what is as likely as the last of them stays in.
/// - Parameters:
///   - p: `count` floats of working memory.
///   - logits: `count` of them, a multiple of 16.
///   - legal: a bit for each class, one at least, none beyond the classes.
///   - uniform: 0 ..< 1: where in the mass of the kept classes, in ascending order, the draw falls.
/// - Returns: a legal class; the first if no legal logit is a number.
@inline(never)
func sample(
    _ p: UnsafeMutablePointer<Float>, _ logits: UnsafePointer<Float>, _ legal: UnsafePointer<UInt64>, _ count: Int,
    _ temperature: Float, _ share: Float, _ uniform: Float
) -> Int {
    let illegal: Float = -1e30
    var highest = Vector(repeating: illegal)
    var at = 0
    while at < count {
        let v = Vector(repeating: illegal).replacing(with: load(logits, at), where: legalLanes(legal, at))
        store(v, p, at)
        highest = maximum(highest, v)
        at += 16
    }
    let top = maximum(highest)
    guard top > illegal && top < .infinity else { return firstLegal(legal) }
    var total = Vector.zero
    at = 0
    while at < count {
        // 0 for the illegal ones.
        let e = exponential((load(p, at) - Vector(repeating: top)) * Vector(repeating: 1 / temperature))
        store(e, p, at)
        total += e
        at += 16
    }
    let least = share < 1 ? nucleus(p, count, share * sum(total)) : 0
    let found = find(p, count, atLeast: least > 0 ? least : .leastNormalMagnitude, uniform)
    return found >= 0 ? found : firstLegal(legal)
}

/// The class in which `uniform` of the mass of those with p ≥ `least` is reached; −1 if there is none.
/// `@_transparent` as the functions of VectorMath.swift.
@_transparent
private func find(_ p: UnsafePointer<Float>, _ count: Int, atLeast least: Float, _ uniform: Float) -> Int {
    let point = uniform * mass(p, count, atLeast: Vector(repeating: least))
    var reached: Float = 0
    var last = 0
    var at = 0
    while at < count {
        let v = load(p, at)
        let kept = Vector.zero.replacing(with: v, where: v .>= Vector(repeating: least))
        let next = reached + sum(kept)
        if point < next {
            for lane in at..<at + 16 where p[lane] >= least {
                last = lane
                reached += p[lane]
                if point < reached { break }
            }
            return last
        }
        reached = next
        at += 16
    }
    // The mass was rounded up.
    at = count - 1
    while at >= 0 && !(p[at] >= least) { at -= 1 }
    return at
}

@inline(__always)
private func firstLegal(_ legal: UnsafePointer<UInt64>) -> Int {
    var word = 0
    while legal[word] == 0 { word += 1 }
    return word * 64 + legal[word].trailingZeroBitCount
}
