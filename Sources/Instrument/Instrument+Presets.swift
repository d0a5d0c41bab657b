// Which preset plays: loading another, and the same one anew.

import Network
import Performer
import Presets
import Session

extension Instrument {
    /// Reads the preset that plays anew. If it is damaged now, what was read before stays.
    /// - Parameter options: those of `--set`, which go before the preset's values, as at the start.
    public func reloadPreset(under options: [String]) throws(ControlError) {
        try loading.withLock { _ throws(ControlError) in
            _ = try play(state.withLock { $0.preset.folder }, under: options)
        }
    }

    /// The same, if its files have changed since it was loaded and have come to rest. Call it about once a second.
    public func reloadIfChanged(under options: [String]) throws(ControlError) {
        let hasChanged = state.withLock { state in
            let now = PresetFiles(state.preset)
            defer { state.seenFiles = now }
            guard now != state.loadedFiles && now == state.seenFiles && now.areThere else { return false }
            // Whether or not it loads: once.
            state.loadedFiles = now
            return true
        }
        if hasChanged { try reloadPreset(under: options) }
    }

    func play(_ folder: String, under options: [String]) throws(ControlError) -> String {
        func stays(_ error: any Error) -> ControlError { .refused("\(error); the running preset stays") }
        let (preset, values): (Preset, ParameterValues)
        do throws(ControlError) {
            preset = try Preset.load(folder)
            values = try preset.applied(to: ParameterValues()).overridden(by: options)
        } catch { throw stays(error) }
        let files = PresetFiles(preset)
        let precision = state.withLock { $0.network.precision }
        let mind: Mind
        do throws(PresetLoadingError) { mind = try preset.loadMind(kernels, precision) } catch { throw stays(error) }
        try refuseIfSlow(mind.network, values, preset.folderName)
        try state.withLock { state throws(ControlError) in
            if let performer = state.performer {
                state.recent.collect(from: performer)
                mind.prime(with: state.recent.remembered, sampleRate: performer.sampleRate)
                let heard = state.recent.heard
                try Self.asControl { () throws(PerformerError) in try performer.adopt(mind, heard: heard) }
            }
            state.preset = preset
            (state.loadedFiles, state.seenFiles) = (files, files)
            state.network = mind.network
        }
        for parameter in preset.parameters.keys { try set(parameter, to: values[parameter]) }
        report(.preset(preset.folderName))
        return preset.folderName
    }

    private func refuseIfSlow(_ network: Network, _ values: ParameterValues, _ name: String) throws(ControlError) {
        let speed: LiveSpeed
        do throws(PerformerError) { speed = try LiveSpeed(of: network, kernels, values) } catch {
            throw .refused(error.description)
        }
        switch speed.verdict {
        case .inTime: break
        case .late: report(.slow(speed.complaint(about: name)))
        case .tooSlow: throw .refused("\(speed.complaint(about: name)); the running preset stays")
        }
    }
}
