import Glibc
import Kernels
import TestSupport
import Testing

@Suite struct SampleTests {
    private struct Case {
        var logits: [Float]
        var legal: [UInt64]

        init(_ logits: [Float], legal: [Int]) {
            self.logits = logits + [Float](repeating: -.infinity, count: roundedUp(logits.count) - logits.count)
            self.legal = [UInt64](repeating: 0, count: 8)
            for value in legal { self.legal[value / 64] |= 1 << UInt64(value % 64) }
        }

        func draw(_ kernels: KernelTable, temperature: Float = 1, topP: Float = 1, at uniform: Float) -> Int {
            var p = [Float](repeating: .nan, count: logits.count)
            return kernels.sample(&p, logits, legal, logits.count, temperature, topP, uniform)
        }
    }

    /// The legal classes in ascending order with their shares, cut to the likeliest that make up `topP`.
    private func kept(_ logits: [Float], _ legal: [Int], _ temperature: Double, _ topP: Double) -> [(Int, Double)] {
        let weights = legal.map { exp(Double(logits[$0]) / temperature) }
        let total = weights.reduce(0, +)
        var kept: Set<Int> = []
        var sum = 0.0
        for (value, weight) in zip(legal, weights).sorted(by: { $0.1 > $1.1 }) where sum < topP * total {
            kept.insert(value)
            sum += weight
        }
        return zip(legal, weights).filter { kept.contains($0.0) }.map { ($0.0, $0.1 / sum) }
    }

    @Test(arguments: variants, [(101, 1.0, 1.0), (257, 1.0, 0.98), (257, 0.3, 0.7), (32, 4, 0.5), (16, 1, 0.01)])
    func drawsWhereTheMassIsReached(
        variant: KernelVariant, field: (classes: Int, temperature: Double, topP: Double)
    ) throws {
        let kernels = try table(variant)
        var numbers = Numbers(12)
        for _ in 0..<20 {
            let logits = numbers.array(field.classes, scale: 6)
            let legal = (0..<field.classes).filter { _ in numbers.next() % 3 > 0 }
            guard !legal.isEmpty else { continue }
            let draw = Case(logits, legal: legal)
            let kept = kept(logits, legal, field.temperature, field.topP)
            for step in 0..<50 {
                let uniform = (Double(step) + 0.5) / 50
                let found = draw.draw(
                    kernels, temperature: Float(field.temperature), topP: Float(field.topP), at: Float(uniform))
                var reached = 0.0
                var expected = kept[0].0
                var distance = 1.0
                for (value, share) in kept {
                    distance = min(distance, abs(uniform - reached))
                    if reached <= uniform { expected = value }
                    reached += share
                }
                // At a border between two classes rounding may decide.
                #expect(found == expected || distance < 1e-5, "\(uniform)")
            }
        }
    }

    @Test(arguments: variants) func theEndsOfTheRange(variant: KernelVariant) throws {
        let kernels = try table(variant)
        let logits: [Float] = [1, 5, 2, 5, 5, 0, -3, 4]
        let all = Case(logits, legal: [0, 1, 2, 3, 4, 5, 6, 7])
        #expect(all.draw(kernels, at: 0) == 0)
        #expect(all.draw(kernels, at: 0x1.FFFFFEp-1) == 7)
        // Equals of the likeliest stay in together.
        #expect(Set((0..<30).map { all.draw(kernels, topP: 0.01, at: Float($0) / 30) }) == [1, 3, 4])
        #expect(Case(logits, legal: [6]).draw(kernels, topP: 0.5, at: 0.7) == 6)
        // Far below the rest, but all that is legal.
        #expect(Case([-500, 80, -600], legal: [0, 2]).draw(kernels, temperature: 0.05, at: 0.999) == 0)
    }

    /// Logits that are no numbers, as of a damaged model, still give a legal class.
    @Test(arguments: variants) func whatIsNoNumberIsNotDrawn(variant: KernelVariant) throws {
        let kernels = try table(variant)
        for bad in [Float.nan, -.infinity, .infinity] {
            for topP in [Float(1), 0.5] {
                let none = Case([Float](repeating: bad, count: 90), legal: [70, 75])
                #expect([70, 75].contains(none.draw(kernels, topP: topP, at: 0.5)))
                var logits = [Float](repeating: 0, count: 90)
                logits[70] = bad
                #expect([70, 75].contains(Case(logits, legal: [70, 75]).draw(kernels, topP: topP, at: 0.5)))
            }
        }
    }
}
