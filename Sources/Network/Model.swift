// Not real-time: a model file: the weights of one network and what a program or a person needs to know of them.

/// Safetensors under PyTorch's parameter names; the configuration in metadata keys that begin with `continuo.`,
/// free text (training data, licence, metrics) in all others.
public struct Model: Sendable {
    public enum Precision: Sendable {
        /// Models ship in half precision.
        case half
        case single
    }

    public var weights: Weights
    /// Free text by key; no key begins with `continuo.`.
    public var notes: [String: String]
    /// Content hash of the file (FNV-1a, 64 bits).
    public let hash: UInt64

    /// Reads and checks all: configuration in range; every tensor there, none unknown, shapes right, values finite.
    public static func load(_ path: String) throws(ModelFileError) -> Model {
        try load(Safetensors(contentsOf: path), path)
    }

    /// - Parameter path: the name that errors give.
    package static func load(_ file: Safetensors, _ path: String) throws(ModelFileError) -> Model {
        let layout = ParameterLayout(try Configuration(metadata: file.metadata, file: path))
        var tensors: [String: Safetensors.Tensor] = [:]
        for tensor in file.tensors { tensors[tensor.name] = tensor }
        for place in layout.all { _ = try take(place.name, place.shape, of: &tensors, path) }
        let factors = try factors(file, layout.configuration, &tensors, path)
        if let stranger = file.tensors.first(where: { tensors[$0.name] != nil }) {
            throw .tensor(file: path, name: stranger.name, reason: "is not part of the configured network")
        }
        // Only now: the sizes are those of tensors in the file, so a configuration alone cannot exhaust memory.
        let byName = Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.name, $0) })
        var values: [Float] = []
        values.reserveCapacity(layout.count)
        for place in layout.all { values += try file.values(of: byName[place.name]!) }
        let weights = Weights(layout: layout, values: values, factors: factors)
        if let gate = Recall.Gate(weights), !gate.isSound {
            throw .tensor(
                file: path, name: layout.recallGate!.name,
                reason: "is a sharpness of \(gate.sharpness) and log odds of \(gate.logOdds), beyond what makes sense")
        }
        return Model(
            weights: weights,
            notes: file.metadata.filter { !$0.key.hasPrefix(Configuration.metadataPrefix) }, hash: file.hash)
    }

    private static func take(
        _ name: String, _ shape: [Int], of tensors: inout [String: Safetensors.Tensor], _ path: String
    ) throws(ModelFileError) -> Safetensors.Tensor {
        guard let tensor = tensors.removeValue(forKey: name) else {
            throw .tensor(file: path, name: name, reason: "missing")
        }
        guard tensor.shape == shape else {
            throw .tensor(
                file: path, name: name, reason: "has shape \(tensor.shape) where the configuration says \(shape)")
        }
        return tensor
    }

    /// What the network learns with, if the file says so with any of it.
    private static func factors(
        _ file: Safetensors, _ configuration: Configuration, _ tensors: inout [String: Safetensors.Tensor],
        _ path: String
    ) throws(ModelFileError) -> KroneckerFactors? {
        guard let first = file.tensors.first(where: { $0.name.hasPrefix(KroneckerFactors.prefix) }) else { return nil }
        guard KroneckerFactors.inputs(configuration) > 0 else {
            throw .tensor(
                file: path, name: first.name,
                reason: "is of no use to a network of head width 0, or with a field of over 512 classes")
        }
        var values: [[Float]] = []
        for place in KroneckerFactors.places(configuration) {
            values.append(try file.values(of: try take(place.name, place.shape, of: &tensors, path)))
        }
        let factors = KroneckerFactors(tensors: values)
        if let fault = factors.fault { throw .tensor(file: path, name: fault.name, reason: fault.reason) }
        return factors
    }

    /// Writes the file whole or not at all.
    /// - Parameter notes: free text; keys that begin with `continuo.` are taken.
    /// - Returns: the file's content hash.
    @discardableResult
    public static func save(
        _ weights: Weights, notes: [String: String] = [:], precision: Precision = .half, to path: String
    ) throws(ModelFileError) -> UInt64 {
        if let key = notes.keys.sorted().first(where: { $0.hasPrefix(Configuration.metadataPrefix) }) {
            throw .metadata(file: path, key: key, reason: "the prefix is taken by the configuration")
        }
        let configuration = weights.layout.configuration
        var tensors = weights.layout.all.map {
            Safetensors.Source(name: $0.name, shape: $0.shape, values: weights[$0])
        }
        var metadata = configuration.metadata.merging(notes) { own, _ in own }
        if let factors = weights.factors {
            metadata["continuo.version"] = Configuration.versionWithFactors
            for (place, values) in zip(KroneckerFactors.places(configuration), factors.tensors) {
                tensors.append(Safetensors.Source(name: place.name, shape: place.shape, values: values[...]))
            }
        }
        return try Safetensors.write(tensors, metadata: metadata, as: precision == .half ? .f16 : .f32, to: path)
    }
}
