// REAL-TIME: the machine follows the player.

import Glibc
import Representation

/// Biases on the logits of a draw, from the player's habits: what the player does is made likelier, and more so the further the
/// machine has strayed from it. Nothing is forbidden.
///
/// What every composer does now and then, such as a denser bar or a full chord, must stay cheap: so density and polyphony are
/// pulled back only by how far the machine has strayed in the mean of the last seconds, and beyond a margin.
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

    /// Half of what the pulse asks for; the other half is the strike's, once its time is drawn.
    private func biasTime(_ mind: MindView, _ field: Int, _ habits: UnsafePointer<Habits>) {
        let slower =
            T(2, 0.7) * values[.followDensity] * strayed(habits.pointee.excess, margin: T(4, 0.7))
            * habits.pointee.certainty
        let pulse = T(19, 0.5) * values[.followPulse] * habits.pointee.certainty
        for value in 0..<mind.planner.representation.classCount(field) {
            guard case .shift(let ticks) = mind.tables.meaning(field, value) else { continue }
            mind.logits[value] +=
                slower * mind.tables.logarithm(Int(ticks)) + pulse * expected(mind, habits, in: Int64(ticks))
        }
    }

    private func expected(_ mind: MindView, _ habits: UnsafePointer<Habits>, in ticks: Int64) -> Float {
        T(0, 1) * habits.pointee.expectation(in: ticks, mind.tables) + T(1, 0.5)
            * habits.pointee.habit(in: ticks, mind.tables)
    }

    private func biasKeys(_ mind: MindView, _ field: Int, _ habits: UnsafePointer<Habits>, given row: Token) {
        let maths = Maths()
        let certainty = habits.pointee.certainty
        var strike = -T(3, 1) * values[.followDensity] * certainty * strayed(habits.pointee.excess, margin: T(18, 0.2))
        for earlier in 0..<field where row[earlier] >= 0 {
            if case .shift(let ticks) = mind.tables.meaning(earlier, Int(row[earlier])) {
                strike += T(15, 0.5) * values[.followPulse] * certainty * expected(mind, habits, in: Int64(ticks))
            }
        }
        let sounding = habits.pointee.sounding
        let deviation = max(maths.squareRoot(sounding.variance), 0.7)
        let above = (habits.pointee.machineSounding.mean - sounding.mean) / deviation
        strike -= T(6, 0.5) * values[.followPolyphony] * certainty * strayed(above, margin: T(7, 0.7))
        let now = (Float(habits.pointee.keys.count) + 1 - sounding.mean) / deviation
        strike -= T(16, 0.15) * values[.followPolyphony] * certainty * max(0, now - T(17, 1.5))
        var classes = InlineArray<12, Float>(repeating: 0)
        let notes = habits.pointee.notes
        for i in 0..<12 {
            let share = (habits.pointee.pitchClasses[i] + 0.6) / (notes + 7.2)
            classes[i] = T(12, 0.2) * values[.followKey] * maths.log(12 * share)
        }
        let key = habits.pointee.key
        let width = max(maths.squareRoot(key.variance), 4)
        let register = T(8, 0.3) * values[.followRegister] * certainty
        let repetition = habits.pointee.repetition
        for value in 0..<mind.planner.representation.classCount(field) {
            guard case .strike(let struck) = mind.tables.meaning(field, value) else { continue }
            let beyond = max(0, abs(Float(struck) - key.mean) / width - T(9, 1.5))
            let again = max(0, habits.pointee.recentStrikes(of: Int(struck)) - repetition)
            mind.logits[value] +=
                strike + classes[Int(struck) % 12] - register * beyond * beyond
                - T(13, 0.3) * values[.followRepetition] * again
        }
    }

    private func biasVelocity(_ mind: MindView, _ field: Int, _ habits: UnsafePointer<Habits>) {
        let velocity = habits.pointee.velocity
        let strength = T(14, 0.1) * values[.followDynamics] * habits.pointee.certainty / max(velocity.variance, 36)
        for value in 0..<mind.planner.representation.classCount(field) {
            guard case .velocity(let struck) = mind.tables.meaning(field, value) else { continue }
            let distance = Float(struck) - velocity.mean
            mind.logits[value] -= min(strength * distance * distance, 1)
        }
    }

    /// What is beyond the margin on either side, 1.5 at most.
    private func strayed(_ x: Float, margin: Float) -> Float {
        x > margin ? min(x - margin, 1.5) : x < -margin ? max(x + margin, -1.5) : 0
    }
}
nonisolated(unsafe) let tuning: [Float?] = (0..<20).map { i in getenv("T\(i)").flatMap { Float(String(cString: $0)) } }
@_semantics("no_performance_analysis")
func T(_ i: Int, _ x: Float) -> Float { tuning[i] ?? x }
