import Network

/// What a model file or checkpoint holds, or what a recipe's network would in the half precision in which it is written:
/// tensors, and what is said about them.
public struct Inspection: Sendable {
    public struct Tensor: Sendable {
        public let name: String
        public let shape: [Int]
        /// As safetensors has it: F32, F16 or BF16.
        public let type: String
        public let parameters: Int
        public let bytes: Int
    }

    public let configuration: Configuration
    /// In the order of the layers.
    public let tensors: [Tensor]
    /// Everything in the metadata but the configuration: training data, licence, validation and so on.
    public let notes: [String: String]
    /// Bytes of the file; nil of what is no model file.
    public let fileBytes: Int?
    /// FNV-1a of the file, by which logs name a model.
    public let hash: UInt64?

    public var parameters: Int { tensors.reduce(0) { $0 + $1.parameters } }
    public var bytes: Int { tensors.reduce(0) { $0 + $1.bytes } }

    /// - Parameter path: a recipe (*.toml), a model file, a checkpoint, or a folder with one of the latter. A model is
    ///   checked as when it is loaded to play.
    /// - Throws: `FileError`, `ModelFileError` or `TrainingError`.
    public init(path: String) throws {
        if path.hasSuffix(".toml") {
            let recipe = try Recipe(path: path)
            self.init(try recipe.layout(path: path), ["recipe": recipe.name]) { _ in .f16 }
            return
        }
        let place = try TrainedWeights.file(path)
        guard !Checkpoint.isCheckpoint(place) else {
            let trained = try TrainedWeights(path: place)
            self.init(trained.weights.layout, trained.notes) { _ in .f32 }
            return
        }
        let model = try Model.load(place)
        let file = try Safetensors(contentsOf: place)
        let types = Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.name, $0.type) })
        self.init(model.weights.layout, model.notes, file: (bytes: file.count, hash: file.hash)) { types[$0]! }
    }

    private init(
        _ layout: ParameterLayout, _ notes: [String: String], file: (bytes: Int, hash: UInt64)? = nil,
        type: (String) -> Safetensors.ElementType
    ) {
        configuration = layout.configuration
        self.notes = notes
        fileBytes = file?.bytes
        hash = file?.hash
        tensors = layout.all.map { place in
            let type = type(place.name)
            return Tensor(
                name: place.name, shape: place.shape, type: type.rawValue, parameters: place.count,
                bytes: place.count * type.size)
        }
    }
}
