import Glibc
import Kernels
import Network
import Performer

/// What can go wrong between a preset's name and a mind that plays.
public enum PresetLoadingError: Error, CustomStringConvertible {
    case control(ControlError)
    case model(ModelFileError)
    case performer(PerformerError, model: String)

    public var description: String {
        switch self {
        case .control(let error): error.description
        case .model(let error): error.description
        case .performer(let error, let model): "\(model): \(error)"
        }
    }

    /// For a program that ends with it: EX_NOINPUT if something is not there, EX_DATAERR if it is damaged.
    public var exitStatus: Int32 {
        switch self {
        case .control(.noPreset), .control(.badPresetName), .control(.unreadable), .model(.unreadable): EX_NOINPUT
        case .control, .model, .performer: EX_DATAERR
        }
    }
}

extension Preset {
    /// Reads the weights and makes them ready to play. Takes a moment; not real-time.
    public func loadMind(_ kernels: KernelTable, _ precision: WeightPrecision) throws(PresetLoadingError) -> Mind {
        let network = try loadNetwork(kernels, precision)
        do throws(PerformerError) { return try Mind(network, kernels: kernels) } catch {
            throw .performer(error, model: model)
        }
    }

    /// The same for a model that writes; nil for one that plays.
    public func loadWriter(
        _ kernels: KernelTable, _ precision: WeightPrecision, _ values: ParameterValues
    ) throws(PresetLoadingError) -> NotationWriter? {
        let network = try loadNetwork(kernels, precision)
        do throws(PerformerError) { return try NotationWriter(network, kernels: kernels, values) } catch {
            throw .performer(error, model: model)
        }
    }

    private func loadNetwork(
        _ kernels: KernelTable, _ precision: WeightPrecision
    ) throws(PresetLoadingError) -> Network {
        let loaded: Model
        do throws(ModelFileError) { loaded = try Model.load(model) } catch { throw .model(error) }
        return Network(loaded.weights, kernels: kernels, precision: precision)
    }

    /// These values, changed as the preset says.
    public func applied(to values: ParameterValues) -> ParameterValues {
        var values = values
        for (parameter, value) in parameters { values[parameter] = value }
        return values
    }
}

extension PresetLibrary {
    /// - Parameter preset: a name to look up or, for those who own the machine, the path of a folder (with a '/').
    public func load(_ preset: String) throws(PresetLoadingError) -> Preset {
        do throws(ControlError) {
            return try Preset.load(preset.contains("/") ? preset : folder(named: preset))
        } catch { throw .control(error) }
    }
}
