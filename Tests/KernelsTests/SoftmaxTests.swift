import Glibc
import Kernels
import TestSupport
import Testing

@Suite struct SoftmaxTests {
    /// The fields of `performance`, and one that fills its vectors.
    @Test(arguments: variants, [101, 257, 32, 16]) func crossEntropyOverLegalClasses(
        variant: KernelVariant, classes: Int
    ) throws {
        let kernels = try table(variant)
        var numbers = Numbers(6)
        let (rows, stride, words) = (9, roundedUp(classes), (classes + 63) / 64)
        let logits = numbers.array(rows * stride, scale: 8)
        let bias = numbers.array(stride)
        var legal = [UInt64](repeating: 0, count: rows * words)
        var targets: [Int32] = []
        var legalClasses: [[Int]] = []
        for row in 0..<rows {
            let target = numbers.next(below: classes)
            // Row 0 leaves no choice.
            let others = (0..<classes).filter { _ in row > 0 && numbers.next() % 3 > 0 }
            legalClasses.append(Set(others + [target]).sorted())
            for value in legalClasses[row] { legal[row * words + value / 64] |= 1 << UInt64(value % 64) }
            targets.append(Int32(target))
        }
        let scale: Float = 0.25
        var gradient = logits
        var nats = [Float](repeating: .nan, count: rows)
        let hits = kernels.softmaxCrossEntropy(
            &gradient, stride, bias, legal, words, targets, scale, &nats, rows)
        var expectedHits = 0
        for row in 0..<rows {
            let scores = legalClasses[row].map { Double(logits[row * stride + $0]) + Double(bias[$0]) }
            let total = scores.reduce(0) { $0 + exp($1) }
            var expected = [Double](repeating: 0, count: stride)
            for (value, score) in zip(legalClasses[row], scores) {
                expected[value] = Double(scale) * exp(score) / total
            }
            let target = Int(targets[row])
            let probability = expected[target] / Double(scale)
            expected[target] -= Double(scale)
            if probability >= expected.map({ $0 / Double(scale) }).max()! { expectedHits += 1 }
            #expect(abs(Double(nats[row]) + log(probability)) < 4e-6)
            #expect(largestDifference(gradient[row * stride..<(row + 1) * stride], expected) < 1e-6)
        }
        #expect(nats[0] == 0)
        #expect(hits == expectedHits)
    }
}
