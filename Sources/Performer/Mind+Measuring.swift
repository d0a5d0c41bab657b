// Not real-time: what the improviser does, by itself, for measurements.

/// The instrument's answer to a token by itself, without clock and stage, for `continuo bench`.

import Representation

extension Mind {
    /// What stands between a token and the next one drawn, all fields with their masks, temperature and top-p: a step of
    /// the planner up to its distributions, and a draw of the sampler. `prepareAnswer` must follow.
    /// - Parameter index: the place of the draw.
    package func answer(_ token: Token, _ values: ParameterValues, index: UInt64) -> Token {
        let view = view
        view.planner.representation.emit(token) { _ in }
        view.engine.advance(view.planner.state, token, scratch: view.scratch, remembering: false)
        let place = DrawPlace(seed: 1, turn: 0, token: index)
        return Sampler(values: values, constraints: Constraints()).draw(
            view, at: place, within: values.bounds(ticksPerSecond: view.ticksPerSecond))
    }

    /// A draw alone, for where the planner stands.
    package func draw(_ values: ParameterValues, index: UInt64) -> Token {
        let view = view
        return Sampler(values: values, constraints: Constraints()).draw(
            view, at: DrawPlace(seed: 1, turn: 0, token: index),
            within: values.bounds(ticksPerSecond: view.ticksPerSecond))
    }

    /// The rest of the step.
    package func prepareAnswer() {
        let view = view
        view.engine.prepare(view.planner.state, scratch: view.scratch)
    }

    package func keepWarm() {
        let view = view
        view.engine.keepWarm(
            view.planner.state, scratch: view.scratch, logits: view.logits, adaptation: view.adaptation)
    }

    /// Hears an event of the player, to learn from it.
    /// - Returns: whether the network can learn.
    package func hear(_ event: HeardEvent, _ values: ParameterValues) -> Bool {
        _ = view.setLearning(values[.learning])
        _ = view.hear(event)
        return view.adaptation != nil
    }

    /// Takes the step of learning that is due.
    /// - Returns: whether one was.
    package func learn() -> Bool {
        guard let adaptation = view.adaptation, adaptation.isDue else { return false }
        _ = adaptation.learn()
        return true
    }

    /// The planner begins where the listener stands.
    package func beginAnswers() { view.planner.copy(from: view.listener) }
}
