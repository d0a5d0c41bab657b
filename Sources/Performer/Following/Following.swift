// REAL-TIME: the machine follows the player.

import Representation

/// Biases on the logits of a draw, from the player's habits: what the player does is made likelier, and more so the more the
/// machine strays from it. Nothing is forbidden.
struct Following: BitwiseCopyable {
    private let values: ParameterValues

    init(_ values: ParameterValues) { self.values = values }

    func bias(_ mind: MindView, _ role: TokenField.Role, given row: Token, _ field: Int) {
        let habits = mind.planner.habits
        guard habits.pointee.notes > 0 else { return }
        switch role {
        case .time: biasTime(mind, field, habits)
        case .pitch: biasKeys(mind, field, habits, given: row)
        case .dynamics: biasVelocity(mind, field, habits)
        case .text: break
        }
    }

    private func biasTime(_ mind: MindView, _ field: Int, _ habits: UnsafePointer<Habits>) {
        let maths = Maths()
        let certainty = habits.pointee.certainty
        let pulse = 4 * values[.followPulse] * certainty
        let slower = 1.5 * values[.followDensity] * certainty * clamp(habits.pointee.excess, 1.5)
        for value in 0..<mind.planner.representation.classCount(field) {
            guard case .shift(let ticks) = mind.meanings[field, value] else { continue }
            var bias = slower * maths.plainLog(1 + Float(ticks))
            if pulse > 0 {
                // Half of what comes is a strike.
                let expected =
                    pulse * habits.pointee.expectation(in: Int(ticks)) + 0.6 * values[.followPulse] * habits.pointee.habit(in: Int(ticks))
                bias += maths.plainLog(0.5 + 0.5 * maths.exp(expected))
            }
            mind.logits[value] += bias
        }
    }

    private func biasKeys(_ mind: MindView, _ field: Int, _ habits: UnsafePointer<Habits>, given row: Token) {
        let maths = Maths()
        let certainty = habits.pointee.certainty
        var strike = -1.5 * values[.followDensity] * certainty * clamp(habits.pointee.excess, 1.5)
        if values[.followPulse] > 0 {
            for earlier in 0..<field where row[earlier] >= 0 {
                if case .shift(let ticks) = mind.meanings[earlier, Int(row[earlier])] {
                    strike += 0.6 * values[.followPulse] * certainty * habits.pointee.habit(in: Int(ticks))
                    strike += 4 * values[.followPulse] * certainty * habits.pointee.expectation(in: Int(ticks))
                }
            }
        }
        let sounding = habits.pointee.sounding
        let above = Float(habits.pointee.keys.count) + 1 - sounding.mean
        let spread = max(maths.squareRoot(sounding.variance), 0.7)
        strike -= values[.followPolyphony] * certainty * 0.5 * square(max(0, above / spread))
        var classes = InlineArray<12, Float>(repeating: 0)
        let notes = habits.pointee.notes
        for i in 0..<12 {
            let share = (habits.pointee.pitchClasses[i] + 0.6) / (notes + 7.2)
            classes[i] = values[.followKey] * 0.2 * maths.plainLog(12 * share)
        }
        let key = habits.pointee.key
        let width = max(maths.squareRoot(key.variance), 4)
        let repetition = habits.pointee.repetition
        for value in 0..<mind.planner.representation.classCount(field) {
            guard case .strike(let struck) = mind.meanings[field, value] else { continue }
            let beyond = max(0, abs(Float(struck) - key.mean) / width - 1.5)
            let again = max(0, habits.pointee.recentStrikes(of: Int(struck)) - repetition)
            mind.logits[value] +=
                strike + classes[Int(struck) % 12] - values[.followRegister] * certainty * 0.5 * beyond * beyond
                - values[.followRepetition] * 0.3 * again
        }
    }

    private func biasVelocity(_ mind: MindView, _ field: Int, _ habits: UnsafePointer<Habits>) {
        let velocity = habits.pointee.velocity
        let variance = max(velocity.variance, 36)
        let strength = values[.followDynamics] * habits.pointee.certainty * 0.1
        for value in 0..<mind.planner.representation.classCount(field) {
            guard case .velocity(let struck) = mind.meanings[field, value] else { continue }
            mind.logits[value] -= strength * min(square(Float(struck) - velocity.mean) / variance, 9)
        }
    }

    private func square(_ x: Float) -> Float { x * x }
    private func clamp(_ x: Float, _ most: Float) -> Float { max(-most, min(most, x)) }
}
