import Kernels
import Network
import Random
import Testing
import Training

/// The whole of back-propagation: embeddings, layers, heads, masks, dropout, states carried in, pieces that begin.
@Test(arguments: [0, 16, 128]) func gradientsAreThoseOfFiniteDifferences(headWidth: Int) throws {
    let hidden = headWidth == 16 ? 32 : 256
    let learner = try tinyLearner(headWidth: headWidth, hidden: hidden)
    // The second window: states are carried in, pieces end and begin inside it.
    _ = learner.update(rate: 1e-2)
    learner.streams.plan(steps: 12)
    learner.updates += 1
    let states = learner.replicas.map { replica in
        replica.layers.map { layer in
            [layer.hidden, layer.cell].map {
                Array(UnsafeBufferPointer(start: $0.base, count: replica.streams * hidden))
            }
        }
    }
    func loadStates() {
        for (replica, layers) in zip(learner.replicas, states) {
            for (layer, values) in zip(replica.layers, layers) {
                for (buffer, list) in zip([layer.hidden, layer.cell], values) {
                    for (i, value) in list.enumerated() { buffer.base[i] = value }
                }
            }
        }
    }
    learner.workers.run { learner.computeGradient($0) }
    for other in learner.replicas.dropFirst() {
        for i in 0..<learner.layout.count { learner.replicas[0].gradient.base[i] += other.gradient.base[i] }
        for i in 0..<other.tableGradient.count {
            learner.replicas[0].tableGradient.base[i] += other.tableGradient.base[i]
        }
    }
    for part in 0..<2 {
        learner.packed.unfold(
            learner.replicas[0].tableGradient.base, into: learner.replicas[0].gradient.base,
            scratch: learner.replicas[0].scratch, part: part)
    }
    let gradient = (0..<learner.layout.count).map { learner.replicas[0].gradient.base[$0] }
    let openings = learner.windows.map { w in (0..<w.rows).filter { w.opening.base[$0] != 0 }.count }
    #expect(openings.reduce(0, +) > 3)
    let weights = learner.packed.weights.base
    func loss() -> Double {
        learner.pack()
        loadStates()
        for (replica, window) in zip(learner.replicas, learner.windows) {
            replica.tally = Tally(fields: 3)
            replica.forward(
                window, dropout: Dropout(rate: 0.3, seed: 9, update: learner.updates), gradientScale: nil)
        }
        return learner.replicas.reduce(0.0) { $0 + $1.tally.nats.reduce(0, +) } / (6 * 12)
    }
    var generator = SplitMix64(seed: 77)
    for place in learner.layout.all {
        let g = place.range.map { gradient[$0] }
        let norm = g.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        #expect(norm > 1e-6, "\(place.name) has no gradient")
        let noise = g.map { _ in Float.random(in: -1...1, using: &generator) }
        let noiseNorm = noise.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        for direction in [g.map { Double($0) / norm }, noise.map { Double($0) / noiseNorm }] {
            let saved = place.range.map { weights[$0] }
            let step = 0.02
            var sides: [Double] = []
            for sign in [1.0, -1.0] {
                for (j, i) in place.range.enumerated() { weights[i] = saved[j] + Float(sign * step * direction[j]) }
                sides.append(loss())
            }
            for (j, i) in place.range.enumerated() { weights[i] = saved[j] }
            let numeric = (sides[0] - sides[1]) / (2 * step)
            let analytic = zip(g, direction).reduce(0.0) { $0 + Double($1.0) * $1.1 }
            #expect(
                abs(numeric - analytic) < 0.01 * norm + 2e-5,
                "\(place.name): \(numeric), not \(analytic) (norm \(norm))")
        }
    }
}
