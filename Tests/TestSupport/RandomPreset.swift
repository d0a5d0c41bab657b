/// Small networks that have learnt nothing.
import Files
import Network
import Random
import Representation

extension Configuration {
    /// A network for the representation `sonority`.
    public static var sonority: Configuration {
        Configuration(
            representation: Sonority.name, fields: Sonority.fields.map { Field($0.name, classes: $0.classes) },
            embedding: 16, hidden: 16, layers: 2, headWidth: 16)
    }

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
        try Self.write(.performance(), to: folder.path)
        self.folder = folder
    }

    /// Writes the files of such a preset into a folder that is there.
    public static func write(_ configuration: Configuration, to folder: String) throws {
        let layout = ParameterLayout(configuration)
        var generator = SplitMix64(seed: 7)
        let values = (0..<layout.count).map { _ in Float.random(in: -0.3...0.3, using: &generator) }
        try Model.save(Weights(layout: layout, values: values), to: folder + "/model.safetensors")
        try writeAtomically(Array("[preset]\nname = \"random\"\n".utf8), to: folder + "/preset.toml")
    }
}
