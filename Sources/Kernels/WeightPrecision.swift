/// In which form a step reads the weights.
import Glibc

/// Fewer bytes make a faster step; what is read from and written to model files is another matter.
public enum WeightPrecision: String, CaseIterable, Sendable {
    case fp32
    /// The upper half of each float.
    case bf16
    /// The LSTM's weights as one of 255 steps, with a scale for each 32 of a row; the heads' as bf16.
    case mixed
    /// One of 255 steps, with a scale for each row.
    case int8

    /// In which form the heads' weights are.
    public var heads: WeightPrecision { self == .mixed ? .bf16 : self }
    /// In which form the heads' weights are that change while they are played.
    public var learntHeads: WeightPrecision { self == .fp32 ? .fp32 : .bf16 }
}

public enum PrecisionError: Error, Equatable, CustomStringConvertible {
    case unknown(String)

    public var description: String {
        switch self {
        case .unknown(let name):
            let known = WeightPrecision.allCases.map(\.rawValue).joined(separator: ", ")
            return "CONTINUO_PRECISION=\(name): no such precision; there are \(known)"
        }
    }
}

extension WeightPrecision {
    /// What the instrument plays with, unless the environment's CONTINUO_PRECISION names another. Of the shipped preset's
    /// distributions it changes less than 1e-4 nats an event, where int8 changes 7e-4 (`continuo bench precision`).
    public static let standard = WeightPrecision.mixed

    /// `standard`, or the one that the environment's CONTINUO_PRECISION names.
    public static func chosen() throws(PrecisionError) -> WeightPrecision {
        try chosen(forced: getenv("CONTINUO_PRECISION").map { String(cString: $0) })
    }

    /// - Parameter forced: the name of a precision, or nil for the standard.
    package static func chosen(forced: String?) throws(PrecisionError) -> WeightPrecision {
        guard let forced else { return standard }
        guard let precision = WeightPrecision(rawValue: forced) else { throw .unknown(forced) }
        return precision
    }
}
