// Not real-time: what a network needs to learn while it is played.

/// What a network needs to learn while it is played: how steep and how alike the directions are in which its heads can
/// change, as Kronecker factors of the curvature (K-FAC; Martens & Grosse, "Optimizing neural networks with
/// Kronecker-factored approximate curvature", 2015). Estimated once over training music; see Adaptation.swift.
public struct KroneckerFactors: Equatable, Sendable {
    /// S⁻¹, [inputs, inputs]: of what the heads read, the h of the lower of the two upper layers, then that of the upper.
    public var input: [Float]
    /// G_k^(−½) of each field's z, [headWidth, headWidth].
    public var outputs: [[Float]]
    /// Step size of each field.
    public var rates: [Float]
    /// The longest step of each field, as a Frobenius norm: longer ones are shortened to it.
    public var limits: [Float]

    public init(input: [Float], outputs: [[Float]], rates: [Float], limits: [Float]) {
        self.input = input
        self.outputs = outputs
        self.rates = rates
        self.limits = limits
    }

    /// Values a head reads: the h of the two upper layers, or of the only one. 0 for a network that cannot learn so: its
    /// heads have no layer of their own, or a field has more classes than a mask of `Adaptation`.
    public static func inputs(_ configuration: Configuration) -> Int {
        guard configuration.headWidth > 0, configuration.fields.allSatisfy({ $0.classes <= 512 }) else { return 0 }
        return min(configuration.layers, 2) * configuration.hidden
    }
}

extension KroneckerFactors {
    static let prefix = "learning."

    /// Names and shapes in a model file.
    static func places(_ configuration: Configuration) -> [(name: String, shape: [Int])] {
        let (inputs, width) = (inputs(configuration), configuration.headWidth)
        let fields = configuration.fields.count
        return [("\(prefix)input", [inputs, inputs])]
            + (0..<fields).map { ("\(prefix)output.\($0)", [width, width]) }
            + [("\(prefix)rates", [fields]), ("\(prefix)limits", [fields])]
    }

    /// In the order of `places`.
    var tensors: [[Float]] { [input] + outputs + [rates, limits] }

    /// - Parameter tensors: in the order of `places`.
    init(tensors: [[Float]]) {
        self.init(
            input: tensors[0], outputs: Array(tensors[1..<tensors.count - 2]), rates: tensors[tensors.count - 2],
            limits: tensors[tensors.count - 1])
    }

    /// What is wrong with them: the tensor, and why; nil if nothing is.
    var fault: (name: String, reason: String)? {
        // Far beyond what was found best, and what leaves anything of a network.
        for (name, values, most) in [("rates", rates, Float(1)), ("limits", limits, 1000)] {
            if let value = values.first(where: { !(0...most ~= $0) }) {
                return (Self.prefix + name, "holds \(value), where 0…\(most) makes sense")
            }
        }
        return nil
    }
}
