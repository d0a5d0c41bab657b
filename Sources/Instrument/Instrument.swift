import Kernels
import Network
import Performer
import Presets
import Realtime
import Session

/// The instrument as people control it, whatever port it plays on and whatever protocol they use.
///
/// It outlives the port: while there is none there is no performer, but parameters can be set and presets chosen.
/// - Thread: control
public final class Instrument: ControlTarget {
    /// What happens to the instrument that its owner may want to log.
    public enum News: Sendable {
        case preset(String)
        /// A preset that plays, but whose answers may be late here.
        case slow(String)
    }

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
        var connections: Connections
        /// Figures of the port that only it knows.
        var portStatus: @Sendable () -> [Figure] = { [] }
    }

    let kernels: KernelTable
    let library: PresetLibrary
    let state: Guarded<State>
    /// One preset after the other: what was asked for last plays in the end.
    let loading = Guarded(())
    let report: @Sendable (News) -> Void
    /// Where sessions are kept; nil: nowhere.
    public let sessions: SessionKeeper?

    /// - Parameters:
    ///   - sessions: nil to refuse to record, whoever asks.
    ///   - files: the preset's, as they were when it was read.
    ///   - report: called on the thread that changes something.
    public init(
        preset: Preset, files: PresetFiles, network: Network, values: ParameterValues, kernels: KernelTable,
        library: PresetLibrary, connections: Connections = Connections(), sessions: SessionKeeper? = nil,
        report: @escaping @Sendable (News) -> Void
    ) {
        self.sessions = sessions
        self.kernels = kernels
        self.library = library
        self.report = report
        state = Guarded(
            State(
                preset: preset, network: network, values: values, loadedFiles: files, seenFiles: files,
                connections: connections))
    }

    // MARK: The port

    /// A new performer for a port, with the present preset and parameters.
    /// - Parameter isTaped: whether a `TapeRecorder` takes its tape.
    public func perform(
        sampleRate: Int, list: NoteList, isTaped: Bool = false, portStatus: @escaping @Sendable () -> [Figure]
    ) throws(PerformerError) -> Performer {
        // Under the lock, so that nothing is set or loaded in between and lost.
        try state.withLock { state throws(PerformerError) in
            let performer = Performer(
                mind: try Mind(state.network, kernels: kernels), sampleRate: sampleRate, values: state.values,
                list: list, isTaped: isTaped)
            state.performer = performer
            state.portStatus = portStatus
            state.recent = RecentEvents()
            state.outlook = Outlook()
            return performer
        }
    }

    /// The port has gone.
    public func rest() {
        state.withLock {
            $0.performer = nil
            $0.portStatus = { [] }
        }
    }

    // MARK: State

    /// What a restart begins with.
    public var snapshot: InstrumentState {
        let (preset, values, connections) = state.withLock { ($0.preset, $0.values, $0.connections) }
        return InstrumentState(preset: library.reference(to: preset), values: values, connections: connections)
    }

    public var connections: Connections { state.withLock { $0.connections } }

    /// What the port is connected to now; see `Connections.update`.
    public func remember(sources: Set<String>, destinations: Set<String>, present: Set<String>) {
        state.withLock {
            $0.connections.update(sources: sources, destinations: destinations, present: present)
        }
    }

    // MARK: Looking on

    /// What was heard and is planned just now; nil without a port.
    func look<R: Sendable>(_ body: (Performer, RecentEvents, Outlook) -> R) -> R? {
        state.withLock { state in
            Self.listen(&state)
            return state.performer.map { body($0, state.recent, state.outlook) }
        }
    }

    /// The preset that plays, by its name or else its folder.
    public var presetReference: String { library.reference(to: state.withLock { $0.preset }) }

    public var presetName: String { state.withLock { $0.preset.folderName } }

    /// Reads the journal and the plan, a few times a second, and frees what a change of the preset has left.
    public func listen() { state.withLock { Self.listen(&$0) } }

    private static func listen(_ state: inout State) {
        guard let performer = state.performer else { return }
        state.recent.collect(from: performer)
        state.outlook.update(from: performer)
        performer.freeRetired()
    }

    // MARK: ControlTarget

    public func value(of parameter: Parameter) -> Float { state.withLock { $0.values[parameter] } }

    public func set(_ parameter: Parameter, to value: Float) throws(ControlError) {
        try state.withLock { state throws(ControlError) in
            try Self.asControl { () throws(PerformerError) in try state.performer?.set(parameter, to: value) }
            state.values[parameter] = value
        }
    }

    public func command(_ command: Command) throws(ControlError) {
        let performer = state.withLock { $0.performer }
        guard let performer else { throw .refused("neither JACK nor ALSA yet: nothing to play on") }
        try Self.asControl { () throws(PerformerError) in try performer.command(command) }
    }

    public var isRecording: Bool { sessions?.isRecording ?? false }

    public func record(_ isOn: Bool) throws(ControlError) {
        guard let sessions else {
            if isOn { throw .refused("nothing is recorded here: continuod was started with --no-record") }
            return
        }
        sessions.isRecording = isOn
    }

    public func loadPreset(named name: String) throws(ControlError) -> String {
        try loading.withLock { _ throws(ControlError) in try play(library.folder(named: name), under: []) }
    }

    public func presets() -> [PresetSummary] {
        library.summaries().map { PresetSummary($0.name, $0.description) }
    }

    static func asControl(_ body: () throws(PerformerError) -> Void) throws(ControlError) {
        do throws(PerformerError) { try body() } catch { throw .refused(error.description) }
    }
}
