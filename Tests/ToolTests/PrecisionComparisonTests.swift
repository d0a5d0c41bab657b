import Kernels
import Network
import Representation
import TestSupport
import Testing
import continuo

/// What `continuo bench precision` makes of the music of any representation.
@Suite struct PrecisionComparisonTests {
    /// A file whose tokens the masks do not allow is told and left out, not heard.
    @Test func whatTheMasksForbidIsLeftOut() throws {
        let folder = try TemporaryFolder()
        let legal = try folder.write("0 50 0 3\n17 60 4 3", "legal.dyads")
        // The key sounds already.
        let forbidden = try folder.write("0 50 0 3\n1 50 0 3", "forbidden.dyads")
        let fields = Dyads.fields.map { Field($0.name, classes: $0.classes) }
        let layout = ParameterLayout(
            Configuration(
                representation: Dyads.name, fields: fields, embedding: 16, hidden: 16, layers: 1, headWidth: 0))
        let weights = Weights(layout: layout, values: Array(repeating: 0.01, count: layout.count))
        let comparison = PrecisionComparison(weights, try KernelTable.best())
        comparison.hear(legal, as: Dyads.self)
        #expect(comparison.failures.isEmpty && comparison.figures.allSatisfy { $0.events == 2 })
        comparison.hear(forbidden, as: Dyads.self)
        #expect(comparison.failures.count == 1 && comparison.failures[0].contains("forbidden.dyads"))
        #expect(comparison.figures.allSatisfy { $0.events == 2 })
    }
}
