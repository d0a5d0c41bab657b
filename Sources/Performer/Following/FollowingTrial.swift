// Not real-time: measures what following costs.

import Glibc
import Representation

/// What following costs in likelihood where the composer, not the machine, goes on. Not real-time.
package struct FollowingTrial {
    private let mind: Mind
    private let values: ParameterValues
    package let representation: any Representation.Type
    private var hasBegun = false
    /// Nats of what was scored, by the network with learning and recall, and with the biases as well.
    package private(set) var nats = (plain: 0.0, biased: 0.0)
    package private(set) var notes = 0

    package init(_ mind: Mind, _ values: ParameterValues) {
        (self.mind, self.values) = (mind, values)
        representation = Representations.named(mind.network.configuration.representation)!
        _ = mind.view.setLearning(values[.learning])
    }

    /// The player's.
    package func hear(_ event: HeardEvent) { _ = mind.view.hear(event) }

    /// What the composer lets follow, in the machine's place. `hear` must not come after it.
    package mutating func score(_ event: HeardEvent) {
        let view = mind.view
        if !hasBegun {
            view.planner.copy(from: view.listener)
            hasBegun = true
        }
        var tokens: [Token] = []
        view.planner.representation.hear(event) { tokens.append($0) }
        for token in tokens {
            score(token)
            view.tracker.emit(token) { _ in }
            view.engine.step(view.planner.state, token, scratch: view.scratch, remembering: false)
            view.planner.habits.pointee.hear(token, view.tables, isPlayers: false)
            notes += representation.notesBegun(by: token)
        }
    }

    private mutating func score(_ token: Token) {
        let (view, following) = (mind.view, Following(values))
        var bounds = Bounds.play
        bounds.ownsAllKeys = true
        for field in 0..<view.tracker.fieldCount where token[field] >= 0 {
            let mask = view.tracker.mask(field, given: token, within: bounds, in: view.legal)
            // A stream that was begun in the middle may do what no whole one can.
            guard mask.contains(Int(token[field])) else { continue }
            view.engine.logits(
                field, given: token, state: view.planner.state, scratch: view.scratch, into: view.logits,
                learnt: view.adaptation?.head(field))
            view.recall(field, mask)
            nats.plain += nats(of: Int(token[field]), mask)
            following.bias(view, field)
            nats.biased += nats(of: Int(token[field]), mask)
        }
    }

    private func nats(of target: Int, _ mask: Mask) -> Double {
        let logits = mind.view.logits
        var most = -Float.infinity
        for value in 0..<mask.classes where mask.contains(value) { most = max(most, logits[value]) }
        var sum = 0.0
        for value in 0..<mask.classes where mask.contains(value) { sum += Double(expf(logits[value] - most)) }
        return log(sum) - Double(logits[target] - most)
    }
}
