/// What the daemon starts with: what the command line says, or the state of its last run.

import Instrument
import Kernels
import Logging
import Performer
import Presets

struct Beginning {
    let preset: Preset
    /// As they were when they were read: what changes while this starts is loaded once it plays.
    let files: PresetFiles
    let mind: Mind
    private(set) var values: ParameterValues
    private(set) var connections = Connections()

    /// - Parameter name: of a preset, or the path of its folder.
    init(
        _ name: String, _ library: PresetLibrary, _ kernels: KernelTable, _ precision: WeightPrecision
    ) throws(PresetLoadingError) {
        preset = try library.load(name)
        files = PresetFiles(preset)
        mind = try preset.loadMind(kernels, precision)
        values = preset.applied(to: ParameterValues())
    }

    /// - Returns: nil if there is no state, or none that can be used: that is said, and it is kept beside the new one.
    static func restored(
        from file: StateFile, _ library: PresetLibrary, _ kernels: KernelTable, _ precision: WeightPrecision,
        _ logger: Logger
    ) -> Beginning? {
        do {
            guard let state = try file.read() else {
                logger.notice("there is no state to restore yet in \(file.path)")
                return nil
            }
            var beginning = try Beginning(state.preset, library, kernels, precision)
            beginning.values = state.applied(to: beginning.values)
            beginning.connections = state.connections
            return beginning
        } catch {
            logger.warning("the last state is not restored: \(error); it is moved to \(file.setAside())")
            return nil
        }
    }
}
