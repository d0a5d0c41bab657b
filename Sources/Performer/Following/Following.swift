// REAL-TIME (improviser): the machine follows the player.

/// Biases on the logits of a draw, from the player's habits: what the player does is made likelier, and more so the further the
/// machine has strayed from it. Nothing is forbidden.
///
/// What every composer does now and then, such as a denser bar or a full chord, must stay cheap: so density and polyphony are
/// pulled back only by how far the machine has strayed in the mean of the last seconds, and beyond a margin.
struct Following: BitwiseCopyable {
    private let values: ParameterValues

    init(_ values: ParameterValues) { self.values = values }

    func bias(_ mind: MindView, _ field: Int) {
        let habits = mind.planner.habits
        guard habits.pointee.notes > 0 && values[.similarity] > 0 else { return }
        switch mind.planner.representation.role(field) {
        case .time: biasTime(mind, field, habits)
        case .pitch: biasKeys(mind, field, habits)
        case .dynamics: biasVelocity(mind, field, habits)
        case .text: break
        }
    }

    /// The strength of a bias, 0…1, less while little has been heard.
    private func strength(_ parameter: Parameter, _ habits: UnsafePointer<Habits>) -> Float {
        values[parameter] * values[.similarity] * habits.pointee.certainty
    }

    private func biasTime(_ mind: MindView, _ field: Int, _ habits: UnsafePointer<Habits>) {
        let slower = 1.2 * strength(.followDensity, habits) * strayed(habits.pointee.excess, margin: 0.7)
        let pulse = strength(.followPulse, habits)
        guard slower != 0 || pulse > 0 else { return }
        let expectations = pulse > 0 ? habits.pointee.expectations(mind.tables) : Expectations()
        for value in 0..<mind.planner.representation.classCount(field) {
            guard case .shift(let ticks) = mind.tables.meaning(field, value) else { continue }
            mind.logits[value] +=
                slower * mind.tables.logarithm(Int(ticks))
                + pulse * expectations[Int(mind.tables.hundredths(Int64(ticks)))]
        }
    }

    private func biasKeys(_ mind: MindView, _ field: Int, _ habits: UnsafePointer<Habits>) {
        let maths = Maths()
        var strike = -4 * strength(.followDensity, habits) * strayed(habits.pointee.excess, margin: 0.1)
        let sounding = habits.pointee.sounding
        let deviation = max(maths.squareRoot(sounding.variance), 0.7)
        let meanAbove = (habits.pointee.machineSounding.mean - sounding.mean) / deviation
        let above = (Float(habits.pointee.keys.count) + 1 - sounding.mean) / deviation
        strike -=
            strength(.followPolyphony, habits)
            * (1.2 * strayed(meanAbove, margin: 0.7) + 0.25 * max(0, above - 1.5))
        var classes = InlineArray<12, Float>(repeating: 0)
        let (key, notes) = (strength(.followKey, habits), habits.pointee.notes)
        for i in 0..<12 {
            let share = (habits.pointee.pitchClasses[i] + 0.6) / (notes + 7.2)
            classes[i] = 0.33 * key * maths.log(12 * share)
        }
        let keys = habits.pointee.key
        let width = max(maths.squareRoot(keys.variance), 4)
        let register = 0.5 * strength(.followRegister, habits)
        let (repetition, again) = (habits.pointee.repetition, 0.5 * strength(.followRepetition, habits))
        for value in 0..<mind.planner.representation.classCount(field) {
            guard case .strike(let struck) = mind.tables.meaning(field, value) else { continue }
            let beyond = max(0, abs(Float(struck) - keys.mean) / width - 1.5)
            mind.logits[value] +=
                strike + classes[Int(struck) % 12] - register * beyond * beyond
                - again * max(0, habits.pointee.recentStrikes(of: Int(struck)) - repetition)
        }
    }

    private func biasVelocity(_ mind: MindView, _ field: Int, _ habits: UnsafePointer<Habits>) {
        let velocity = habits.pointee.velocity
        let narrower = 0.17 * strength(.followDynamics, habits) / max(velocity.variance, 36)
        guard narrower > 0 else { return }
        for value in 0..<mind.planner.representation.classCount(field) {
            guard case .velocity(let struck) = mind.tables.meaning(field, value) else { continue }
            let distance = Float(struck) - velocity.mean
            mind.logits[value] -= min(narrower * distance * distance, 1.5)
        }
    }

    /// What is beyond the margin on either side, 1.5 at most.
    private func strayed(_ x: Float, margin: Float) -> Float {
        x > margin ? min(x - margin, 1.5) : x < -margin ? max(x + margin, -1.5) : 0
    }
}
