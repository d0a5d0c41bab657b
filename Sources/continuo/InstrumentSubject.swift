/// The instrument itself, for `continuo bench step`.
import Kernels
import Network
import Performer
import Presets
import Representation

/// S0, a preset as the instrument plays it: an answer is a complete sampled event.
final class InstrumentSubject: BenchSubject {
    let name = "S0"
    let network: Network
    private let mind: Mind
    private let values: ParameterValues
    private var token: Token
    private var index: UInt64 = 0

    init(_ preset: Preset, _ kernels: KernelTable, _ precision: WeightPrecision) throws {
        mind = try preset.loadMind(kernels, precision)
        network = mind.network
        values = preset.applied(to: ParameterValues())
        mind.beginAnswers()
        token = Token.empty
        token[0] = 0
        token[1] = 60
        token[2] = 16
    }

    /// Of the last answer: a field more was drawn.
    var hasVelocity: Bool { token[2] >= 0 }

    func answer() {
        token = mind.answer(token, values, index: index)
        index += 1
    }

    func finish() { mind.prepareAnswer() }

    func keepWarm() { mind.keepWarm() }
}
