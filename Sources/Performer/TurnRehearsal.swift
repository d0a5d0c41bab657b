// Not real-time: turn-taking by itself, for measurements.

import Representation

/// Turn-taking alone, without a network or a port.
public struct TurnRehearsal: Sendable {
    public static let sampleRate: Int64 = 48_000
    private var phrase = Phrase()
    private var policy: TurnPolicy

    /// - Parameters:
    ///   - values: `turn-taking`, `patience` and `hold` count.
    ///   - logit: the learnt rule takes over above these log odds, whatever `patience` is.
    public init(_ values: ParameterValues, logit: Float? = nil) {
        policy = TurnPolicy(values: values, timebase: Timebase(rate: Self.sampleRate), model: .standard)
        policy.logit = logit ?? policy.logit
    }

    /// - Parameter frame: at `sampleRate`.
    public mutating func hear(_ event: HeardEvent, at frame: Int64) {
        phrase.hear(event, at: frame, second: Self.sampleRate)
    }

    /// The frame at which the machine takes over if nothing more is heard.
    public var takeover: Int64 { policy.restBegins(after: phrase) }
}
