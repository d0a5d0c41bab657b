/// The daemon: a preset, a port, OSC, and a loop that waits to be told to leave.

import ArgumentParser
import Files
import Glibc
import Instrument
import Kernels
import Logging
import OSC
import Ports
import Presets
import Realtime
import Session

struct DaemonOptions: ParsableArguments {
    @Option(help: "Preset to play: a name (see --presets), or the path of its folder with a '/'.")
    var preset = PresetLibrary.preferred

    @Option(help: "Folder to look for presets in before all others.")
    var presets: String?

    @Option(
        help: """
            MIDI system: jack, alsa (its sequencer), or auto: JACK if a server answers at the start, else ALSA, and it \
            stays there.
            """)
    var port = PortChoice.auto

    @Flag(help: "With --port auto: leave ALSA for JACK whenever a server answers.")
    var preferJack = false

    @Option(help: "Name of the JACK or ALSA client.")
    var name = "continuo"

    @Flag(help: "Fail if the name is taken, instead of taking the next free one.")
    var exactName = false

    @Option(help: "Name of the JACK server, instead of $JACK_DEFAULT_SERVER; with --port auto: JACK only.")
    var server: String?

    @Option(
        help: """
            Connect these MIDI sources to midi_in whenever they appear: a port's name, a regular expression for all of \
            it, such as '.*MPK.*', or 'hardware' for every device. A Through port must be named.
            """)
    var connectIn: [String] = []

    @Option(help: "Connect midi_out to these MIDI destinations whenever they appear, named likewise.")
    var connectOut: [String] = []

    @Option(help: "UDP port to listen on for OSC.")
    var oscPort: UInt16 = 9000

    @Option(help: "Address to listen on for OSC; whoever reaches it can play the instrument. 0.0.0.0: every one.")
    var oscBind = "127.0.0.1"

    @Flag(help: "Do not listen for OSC.")
    var noOsc = false

    @Option(help: ArgumentHelp("Value of a parameter, over the preset's.", valueName: "name=value"))
    var set: [String] = []

    @Flag(
        inversion: .prefixedNo, exclusivity: .chooseLast,
        help: """
            Start with the preset, the parameters and the connections that the last run of this --name had, however it \
            ended. --preset is for the first time; --set goes above them.
            """)
    var restore = false

    @Flag(help: "Keep nothing of this run: no state for --restore, and no session without --record.")
    var noState = false

    @Option(
        help: """
            Record all that comes in and goes out into this file, for continuo replay: a new one, or FILE-2, FILE-3 and so \
            on if it is there.
            """)
    var tape: String?

    @Flag(
        inversion: .prefixedNo, exclusivity: .chooseLast,
        help: """
            Keep what is played, a folder for each session: continuo sessions lists them. With --no-record nothing is \
            kept, whatever is asked for over OSC. (default: --record)
            """)
    var record: Bool?

    @Option(help: "Megabytes that all kept sessions together may take; the oldest are deleted.")
    var recordLimitMb = 1000

    @Option(help: "Days after which a kept session is deleted; 0: never.")
    var recordDays = 365

    @Flag(help: "Log also what is of use to whoever looks for a fault.")
    var verbose = false

    func validate() throws {
        do throws(PortError) { try ClientName.check(name) } catch { throw ValidationError("--name: \(error)") }
        if recordLimitMb < 1 { throw ValidationError("--record-limit-mb takes 1 or more; --no-record keeps nothing") }
        if recordDays < 0 { throw ValidationError("--record-days takes 0 (for ever) or more, not \(recordDays)") }
    }
}

@main
struct Continuod: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "continuod",
        abstract: "Listens to what you play on a MIDI port of JACK or ALSA, and carries the phrase on when you pause.",
        discussion: """
            Example: continuod --connect-in '.*MPK.*capture.*' --connect-out 'fluidsynth.*'
            It waits for a JACK server or ALSA's sequencer, obeys OSC on port 9000, and leaves silence on SIGTERM.
            """,
        version: continuoVersion)

    @OptionGroup var options: DaemonOptions

    static func main() { main(programArguments()) }

    func run() throws {
        LoggingSystem.bootstrap { ConsoleLog(label: $0) }
        var logger = Logger(label: "continuod")
        if options.verbose { logger.logLevel = .debug }
        do { try serve(logger) } catch let failure as Failure {
            logger.error("\(failure.message)")
            throw ExitCode(failure.code)
        }
    }

    private func serve(_ logger: Logger) throws {
        returnLargeBlocks()
        let kernels = try attempt(EX_CONFIG) { try KernelTable.best() }
        let precision = try attempt(EX_CONFIG) { try WeightPrecision.chosen() }
        let library = PresetLibrary.standard(chosen: options.presets)
        let stateFile = StateFile(named: options.name)
        let restored =
            options.restore
            ? stateFile.flatMap {
                Beginning.restored(from: $0, library, kernels, precision, logger)
            } : nil
        let beginning = try attempt(EX_DATAERR) {
            try restored ?? Beginning(options.preset, library, kernels, precision)
        }
        let (preset, mind) = (beginning.preset, beginning.mind)
        let values = try attempt(EX_USAGE) { try beginning.values.overridden(by: options.set) }
        let speed = try attempt(EX_SOFTWARE) {
            try rehearse(mind.network, kernels: kernels)
            return try LiveSpeed(of: mind.network, kernels, values)
        }
        switch speed.verdict {
        case .inTime: break
        case .late: logger.warning("\(speed.complaint(about: preset.folderName))")
        case .tooSlow: throw Failure(code: EX_CONFIG, message: speed.complaint(about: preset.folderName))
        }
        let instrument = Instrument(
            preset: preset, files: beginning.files, network: mind.network, values: values, kernels: kernels,
            library: library, connections: beginning.connections, sessions: sessions(logger)
        ) { news in
            switch news {
            case .preset(let name): logger.info("preset \(name)")
            case .slow(let complaint): logger.warning("\(complaint)")
            }
        }
        Daemon.catchSignals()
        let right = lockMemory()
        if case .refused = right { logger.warning("\(right)") }
        var server: OSCServer?
        if !options.noOsc {
            server = try attempt(EX_UNAVAILABLE) {
                try OSCServer(
                    address: options.oscBind, port: options.oscPort, target: instrument, version: continuoVersion)
            }
        }
        defer { server?.stop() }
        // One that cannot start leaves what the last run kept.
        var keeper: StateKeeper?
        defer { keeper?.stop() }
        try attempt(EX_UNAVAILABLE) {
            try Daemon(instrument: instrument, options: options, logger: logger).run {
                guard keeper == nil, !options.noState, let stateFile else { return }
                keeper = StateKeeper(instrument, in: stateFile) {
                    logger.warning("what is set now is not kept for --restore: \($0)")
                }
            }
        }
    }
}

extension Continuod {
    /// Says where sessions are kept, or that none is.
    private func sessions(_ logger: Logger) -> SessionKeeper? {
        guard options.record ?? !options.noState else {
            logger.notice("no session is kept")
            return nil
        }
        guard let folder = SessionFolder() else {
            logger.warning("no session is kept: there is no home folder; XDG_STATE_HOME names another")
            return nil
        }
        let keeper = SessionKeeper(
            in: folder, limits: RecordLimits(megabytes: options.recordLimitMb, days: options.recordDays))
        logger.notice("what is played is kept in \(folder.path), \(keeper.description); --no-record keeps nothing")
        return keeper
    }
}

/// What ends the daemon, with its exit status (sysexits.h).
struct Failure: Error {
    let code: Int32
    let message: String
}

private func attempt<T>(_ code: Int32, _ body: () throws -> T) throws -> T {
    do { return try body() } catch let error as PresetLoadingError {
        throw Failure(code: error.exitStatus, message: "\(error)")
    } catch { throw Failure(code: code, message: "\(error)") }
}
