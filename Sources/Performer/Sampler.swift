// REAL-TIME (improviser): draws a token, field by field.

import Random
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
        var x = mixed(seed &+ 0x9E37_79B9_7F4A_7C15)
        x = mixed(x ^ (turn &* 0xD1B5_4A32_D192_ED03))
        x = mixed(x ^ (token &<< 2 &+ UInt64(field)))
        return Float(x >> 40) * 0x1p-24
    }
}

struct Sampler: BitwiseCopyable {
    let values: ParameterValues
    let constraints: Constraints
    /// Keys that the player holds.
    var held = KeySet()

    /// Temperature and top-p of the fields with a role.
    private func freedom(_ role: TokenField.Role) -> (temperature: Float, topP: Float) {
        switch role {
        case .time: (values[.temperatureTime], values[.topPTime])
        case .pitch, .text: (values[.temperatureKey], values[.topPKey])
        case .dynamics: (values[.temperatureVelocity], values[.topPVelocity])
        }
    }

    private func narrowing(_ role: TokenField.Role) -> Narrowing {
        switch role {
        case .time: Narrowing(topK: Int(values[.topKTime]), minP: values[.minPTime])
        case .pitch, .text: Narrowing(topK: Int(values[.topKKey]), minP: values[.minPKey])
        case .dynamics: Narrowing(topK: Int(values[.topKVelocity]), minP: values[.minPVelocity])
        }
    }

    /// A token for the planner's present state, within bounds.
    func draw(_ mind: MindView, at place: DrawPlace, within bounds: Bounds) -> Token {
        var none = Ending(ReplySpan(until: .max))
        return draw(mind, at: place, within: bounds, &none)
    }

    /// The same in a reply.
    func draw(_ mind: MindView, at place: DrawPlace, within bounds: Bounds, _ ending: inout Ending) -> Token {
        var row = Token.empty
        let following = Following(values)
        let representation = mind.planner.representation
        for field in 0..<representation.fieldCount where representation.has(field, given: row) {
            let mask = representation.mask(field, given: row, within: bounds, in: mind.legal)
            mind.limit(mask, field, to: values.ceiling)
            mind.engine.logits(
                field, given: row, state: mind.planner.state, scratch: mind.scratch, into: mind.logits,
                learnt: mind.adaptation?.head(field))
            mind.recall(field, mask)
            following.bias(mind, field)
            let role = representation.role(field)
            if role == .pitch { constraints.bias(mind, field) }
            if values.mode == .duet { Complement().bias(mind, field, held: held) }
            ending.lean(mind, field, mask)
            var (temperature, topP) = freedom(role)
            if role == .time && temperature != 1,
                Waiting(mind, field, mask, temperature: temperature).reshape()
            {
                temperature = 1
            }
            narrowing(role).narrow(mask, mind.logits, temperature: temperature)
            row[field] = Int16(
                truncatingIfNeeded: mind.sample(field, mask, temperature: temperature, topP: topP, place.uniform(field))
            )
        }
        return row
    }
}
