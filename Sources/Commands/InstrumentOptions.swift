import ArgumentParser
import Kernels
import Performer
import Presets

/// Which preset plays, and with what parameters.
package struct InstrumentOptions: ParsableArguments {
    @Option(help: "Preset: a name (see --presets), or the path of its folder with a '/'.")
    package var preset = PresetLibrary.preferred
    @Option(help: "Folder to look for presets in before all others.")
    package var presets: String?
    @Option(help: ArgumentHelp("Value of a parameter, over the preset's.", valueName: "name=value"))
    package var set: [String] = []

    package init() {}

    /// What writes pieces, if the preset's model does; nil if it plays.
    /// - Parameter seed: over that of the parameters.
    package func loadWriter(seed: Int? = nil) throws -> NotationWriter? {
        let preset = try PresetLibrary.standard(chosen: presets).load(self.preset)
        var values = try preset.applied(to: ParameterValues()).overridden(by: set)
        if let seed { values[.seed] = try Parameter.seed.declaration.value(Double(seed)) }
        return try preset.loadWriter(try KernelTable.best(), try WeightPrecision.chosen(), values)
    }

    /// A mind and its parameters.
    package func load() throws -> (Mind, ParameterValues) {
        let preset = try PresetLibrary.standard(chosen: presets).load(self.preset)
        let values = try preset.applied(to: ParameterValues()).overridden(by: set)
        return (try preset.loadMind(try KernelTable.best(), try WeightPrecision.chosen()), values)
    }
}
