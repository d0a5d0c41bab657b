// Not real-time: measures where the network expects the music to rest.

import Glibc
import Representation

/// The gap that a network expects after each chord of some music. Not real-time.
package struct GapTrial {
    /// Notes that begin within 30 ms of the first of them.
    package struct Chord: Sendable {
        /// Seconds.
        package let onset: Double
        package var notes: Int
        /// Probability that nothing comes for half a second after its last note.
        package var gap: Double

        package init(onset: Double, notes: Int, gap: Double) {
            (self.onset, self.notes, self.gap) = (onset, notes, gap)
        }
    }

    private let mind: Mind
    package let representation: any Representation.Type
    private var isAnswering = false
    /// Of the call, and of what follows it.
    package private(set) var call: [Chord] = []
    package private(set) var reply: [Chord] = []

    package init(_ mind: Mind, _ values: ParameterValues) {
        self.mind = mind
        representation = Representations.named(mind.network.configuration.representation)!
        _ = mind.view.setLearning(values[.learning])
    }

    /// The player's.
    package mutating func hear(_ event: HeardEvent) {
        let view = mind.view
        _ = view.hear(event)
        if event.kind == .noteOn { add(event, gap(view.listener), to: &call) }
    }

    /// What follows. `hear` must not come after it.
    package mutating func answer(_ event: HeardEvent) {
        let view = mind.view
        if !isAnswering {
            view.planner.copy(from: view.listener)
            isAnswering = true
        }
        var tokens: [Token] = []
        view.planner.representation.hear(event) { tokens.append($0) }
        for token in tokens {
            view.tracker.emit(token) { _ in }
            view.engine.step(view.planner.state, token, scratch: view.scratch, remembering: false)
        }
        if event.kind == .noteOn { add(event, gap(view.planner), to: &reply) }
    }

    private func add(_ event: HeardEvent, _ gap: Double, to chords: inout [Chord]) {
        let onset = Double(event.tick) / Double(representation.ticksPerSecond)
        if let last = chords.last, onset - last.onset < 0.035 {
            chords[chords.count - 1].notes += 1
            chords[chords.count - 1].gap = gap
        } else {
            chords.append(Chord(onset: onset, notes: 1, gap: gap))
        }
    }

    private func gap(_ moment: Moment) -> Double {
        let view = mind.view
        var bounds = Bounds.play
        bounds.ownsAllKeys = true
        for field in 0..<view.tracker.fieldCount where moment.representation.role(field) == .time {
            let mask = view.tracker.mask(field, given: .empty, within: bounds, in: view.legal)
            view.engine.logits(
                field, given: .empty, state: moment.state, scratch: view.scratch, into: view.logits,
                learnt: view.adaptation?.head(field))
            view.engine.recall(
                field, legal: mask.words, state: moment.state, scratch: view.scratch, into: view.logits)
            var (soon, late) = (0.0, 0.0)
            for value in 0..<mask.classes where mask.contains(value) {
                let weight = exp(Double(view.logits[value]))
                if case .shift(let ticks) = view.tables.meaning(field, value), view.tables.hundredths(Int64(ticks)) < 50
                {
                    soon += weight
                } else {
                    late += weight
                }
            }
            return late / (soon + late)
        }
        return 0
    }
}
