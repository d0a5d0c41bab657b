/// Small networks that have learnt nothing.
import Files
import Network
import Random
import Representation

extension Configuration {
    /// A network for the representation `performance`.
    public static func performance(
        embedding: Int = 16, hidden: Int = 16, layers: Int = 2, headWidth: Int = 16
    ) -> Configuration {
        Configuration(
            representation: Performance.name, fields: Performance.fields.map { Field($0.name, classes: $0.classes) },
            embedding: embedding, hidden: hidden, layers: layers, headWidth: headWidth)
    }
}

/// A folder with a preset of a random network. It strikes keys evenly and seldom leaves them, so that there is always
/// something to release.
public struct RandomPreset: ~Copyable, Sendable {
    private let folder: TemporaryFolder
    public var path: String { folder.path }

    public init() throws {
        let folder = try TemporaryFolder()
        let layout = ParameterLayout(.performance())
        var generator = SplitMix64(seed: 7)
        let values = (0..<layout.count).map { _ in Float.random(in: -0.3...0.3, using: &generator) }
        try Model.save(Weights(layout: layout, values: values), to: folder.path + "/model.safetensors")
        try folder.write("[preset]\nname = \"random\"\n", "preset.toml")
        self.folder = folder
    }
}
