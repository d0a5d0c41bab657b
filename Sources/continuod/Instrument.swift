/// What people can do with the running instrument, from OSC or from the command line.

import Kernels
import Logging
import Network
import OSC
import Performer
import Ports
import Presets
import Realtime
import Session

/// Outlives the port: while there is none there is no performer, but parameters can be set and presets chosen.
final class Instrument: ControlTarget {
    struct State {
        var preset: Preset
        /// The network that plays; a new performer makes a new mind of it.
        var network: Network
        var values: ParameterValues
        var performer: Performer?
        /// The preset's files when it was loaded, and when they were last looked at.
        var loadedFiles: PresetFiles
        var seenFiles: PresetFiles
        var recent = RecentEvents()
        var outlook = Outlook()
        /// Figures of the port that only it knows.
        var portStatus: @Sendable () -> [(name: String, value: StatusValue)] = { [] }
    }

    private let kernels: KernelTable
    private let library: PresetLibrary
    private let state: Guarded<State>
    /// One preset after the other: what was asked for last plays in the end.
    private let loading = Guarded(())
    private let logger: Logger

    init(
        preset: Preset, files: PresetFiles, network: Network, values: ParameterValues, kernels: KernelTable,
        library: PresetLibrary, logger: Logger
    ) {
        self.kernels = kernels
        self.library = library
        self.logger = logger
        state = Guarded(
            State(preset: preset, network: network, values: values, loadedFiles: files, seenFiles: files))
    }

    // MARK: The daemon

    /// A new performer for a port, with the present preset and parameters.
    func perform(
        sampleRate: Int, list: NoteList, portStatus: @escaping @Sendable () -> [(name: String, value: StatusValue)]
    ) throws(PerformerError) -> Performer {
        // Under the lock, so that nothing is set or loaded in between and lost.
        try state.withLock { state throws(PerformerError) in
            let performer = Performer(
                mind: try Mind(state.network, kernels: kernels), sampleRate: sampleRate, values: state.values,
                list: list)
            state.performer = performer
            state.portStatus = portStatus
            state.recent = RecentEvents()
            state.outlook = Outlook()
            return performer
        }
    }

    /// The port has gone.
    func rest() {
        state.withLock {
            $0.performer = nil
            $0.portStatus = { [] }
        }
    }

    /// What was heard and is planned just now; nil without a port.
    func look<R: Sendable>(_ body: (Performer, RecentEvents, Outlook) -> R) -> R? {
        state.withLock { state in
            Self.listen(&state)
            return state.performer.map { body($0, state.recent, state.outlook) }
        }
    }

    var presetName: String { state.withLock { $0.preset.folderName } }

    /// Reads the journal and the plan, a few times a second, and frees what a change of the preset has left.
    func listen() { state.withLock { Self.listen(&$0) } }

    private static func listen(_ state: inout State) {
        guard let performer = state.performer else { return }
        state.recent.collect(from: performer)
        state.outlook.update(from: performer)
        performer.freeRetired()
    }

    // MARK: ControlTarget

    func value(of parameter: Parameter) -> Float { state.withLock { $0.values[parameter] } }

    func set(_ parameter: Parameter, to value: Float) throws(ControlError) {
        try state.withLock { state throws(ControlError) in
            try Self.asControl { () throws(PerformerError) in try state.performer?.set(parameter, to: value) }
            state.values[parameter] = value
        }
    }

    func command(_ command: Command) throws(ControlError) {
        let performer = state.withLock { $0.performer }
        guard let performer else { throw .refused("neither JACK nor ALSA yet: nothing to play on") }
        try Self.asControl { () throws(PerformerError) in try performer.command(command) }
    }

    func loadPreset(named name: String) throws(ControlError) -> String {
        try loading.withLock { _ throws(ControlError) in try play(library.folder(named: name), under: []) }
    }

    func presets() -> [(name: String, description: String)] { library.summaries() }

    /// Reads the preset that plays anew. If it is damaged now, what was read before stays.
    /// - Parameter options: those of `--set`, which go before the preset's values, as at the start.
    func reloadPreset(under options: [String]) throws(ControlError) {
        try loading.withLock { _ throws(ControlError) in
            _ = try play(state.withLock { $0.preset.folder }, under: options)
        }
    }

    /// The same, if its files have changed since it was loaded and have come to rest. Call it about once a second.
    func reloadIfChanged(under options: [String]) throws(ControlError) {
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

    private func play(_ folder: String, under options: [String]) throws(ControlError) -> String {
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
                mind.prime(with: state.recent.events)
                let heard = state.recent.heard
                try Self.asControl { () throws(PerformerError) in try performer.adopt(mind, heard: heard) }
            }
            state.preset = preset
            (state.loadedFiles, state.seenFiles) = (files, files)
            state.network = mind.network
        }
        for parameter in preset.parameters.keys { try set(parameter, to: values[parameter]) }
        logger.info("preset \(preset.folderName)")
        return preset.folderName
    }

    private func refuseIfSlow(_ network: Network, _ values: ParameterValues, _ name: String) throws(ControlError) {
        let speed: LiveSpeed
        do throws(PerformerError) { speed = try LiveSpeed(of: network, kernels, values) } catch {
            throw .refused(error.description)
        }
        switch speed.verdict {
        case .inTime: break
        case .late: logger.warning("\(speed.complaint(about: name))")
        case .tooSlow: throw .refused("\(speed.complaint(about: name)); the running preset stays")
        }
    }

    private static func asControl(_ body: () throws(PerformerError) -> Void) throws(ControlError) {
        do throws(PerformerError) { try body() } catch { throw .refused(error.description) }
    }

    func status() -> [(name: String, value: StatusValue)] {
        let (preset, precision, performer, port) = state.withLock {
            ($0.preset.folderName, $0.network.precision, $0.performer, $0.portStatus)
        }
        var status: [(name: String, value: StatusValue)] = [
            ("preset", .text(preset)), ("kernels", .text(kernels.variant.rawValue)),
            ("precision", .text(precision.rawValue)),
        ]
        guard let performer else { return status + [("port", .text("waiting for JACK or ALSA"))] }
        status.append(("phase", .text("\(performer.phase)")))
        status += port()
        let (improviser, stage) = (performer.counters, performer.stageCounters)
        for (name, counter) in improviser.counts + stage.counts { status.append((name, .whole(counter.value))) }
        let since = Double(performer.now - Int64(stage.lastLate.value)) / Double(performer.sampleRate)
        status.append(("late-ago-s", .number(stage.late.value > 0 ? since : -1)))
        for (name, histogram) in improviser.times + stage.times {
            let times = histogram.snapshot()
            var shares = [("p50", 0.5), ("p99", 0.99), ("max", 1)]
            // Of those there are hundreds a second.
            if name == "callback" { shares.insert(("p9999", 0.9999), at: 2) }
            for (part, share) in shares {
                status.append(("\(name)-\(part)-us", .number(Double(times.percentile(share)) / 1000)))
            }
        }
        return status
    }
}
