import Kernels
import Network
import Representation
import Testing
import Training

/// What a network learns with while it is played, estimated from music.
@Suite struct FactorFitTests {
    private static func fit(_ tokens: Int = 3000) throws -> Weights? {
        let plain = Weights.initial(performanceLayout(), seed: 3, embeddingDeviation: 0.5)
        let corpus = randomCorpus(pieces: 6, tokens: 600...700, seed: 1)
        return FactorFit(tokens: tokens).run(Performance.self, plain, corpus, try .best()) { $0 > 0 && tokens > 1 }
    }

    /// Inverses of what is added up: symmetric, and positive in every direction that is tried.
    @Test func factorsAreSymmetricAndPositive() throws {
        let fitted = try #require(try Self.fit())
        let factors = try #require(fitted.factors)
        #expect(factors.rates == [4e-4, 2e-4, 2e-4])
        #expect(factors.limits.allSatisfy { $0 > 0 && $0 < 1000 })
        for (matrix, size) in [(factors.input, 64)] + factors.outputs.map({ ($0, 16) }) {
            #expect(matrix.count == size * size)
            for i in 0..<size {
                #expect(matrix[i * size + i] > 0)
                for j in 0..<i {
                    #expect(matrix[i * size + j] == matrix[j * size + i])
                    let form = matrix[i * size + i] + matrix[j * size + j] - 2 * abs(matrix[i * size + j])
                    #expect(form > 0)
                }
            }
        }
        // The network itself is the same, and the same music gives the same.
        #expect(fitted.values == Weights.initial(performanceLayout(), seed: 3, embeddingDeviation: 0.5).values)
        #expect(try Self.fit()?.factors == factors)
    }

    @Test func itStopsWhenAsked() throws {
        let stopped = try Self.fit(1)
        #expect(stopped == nil)
    }
}
