import ArgumentParser
import Commands
import Files
import Glibc
import Kernels
import Network
import Performer
import Presets
import Score
import Session

struct ReplayTape: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Play a daemon's tape again, and tell whether the same comes out.",
        discussion: """
            A tape has all that reached the instrument, so what it played can be played again to the last bit: late and \
            lost events too. The status is 0 if the same comes out, else 1. --preset (with its parameters) and --set hold for \
            the whole tape, whatever was set then; with them it tells what would have been different.

            continuod --tape FILE makes one, and each session that is kept has one: continuo sessions replay.

            Example: continuo replay evening.tape
            """)

    @Argument(help: "A file that continuod --tape has made.")
    var tape: String
    @OptionGroup var options: ReplayOptions

    func run() throws { try attempt { try options.replay(tape) } }
}

/// What a tape is replayed with.
struct ReplayOptions: ParsableArguments {
    @Option(help: "Play another preset: a name, or the path of its folder with a '/'.")
    var preset: String?
    @Option(help: "Folder to look for presets in before all others.")
    var presets: String?
    @Option(help: ArgumentHelp("Value of a parameter, over the tape's.", valueName: "name=value"))
    var set: [String] = []
    @Option(name: .shortAndLong, help: "Write what comes out now to this MIDI file.")
    var output: String?

    func validate() throws {
        if let output { try WrittenFormat.midi.check(output) }
    }

    /// Plays it and tells what comes out.
    func replay(_ path: String) throws {
        let tape = try Tape(path: path)
        let header = tape.header
        guard header.isWhole else { throw ReplayError.beginsLater }
        let library = PresetLibrary.standard(chosen: presets)
        let kernels = try kernels(of: header)
        var models = TapedModels(library: library, kernels: kernels, precision: try precision(of: header))
        let isWhatIf = preset != nil || !set.isEmpty
        let other = try preset.map { try models.load($0) }
        let overrides = try (other?.preset.parameters ?? [:]).merging(Parameter.overrides(set)) { $1 }
        let replay = try Replay(tape, isWhatIf ? .own : .taped, overrides: overrides, kernels: kernels) {
            if let other { other.network } else { try models.network($0, first: header.preset) }
        }
        if let output { try Self.midi(of: replay, header.sampleRate).write(to: output) }
        print(Self.report(replay, header, isWhatIf))
        if !isWhatIf && !replay.isSame { throw ExitCode(1) }
    }

    /// Those that the tape was made with give the same bits, if this processor has them.
    private func kernels(of header: TapeHeader) throws -> KernelTable {
        guard let variant = KernelVariant(rawValue: header.kernels), variant.isSupported else {
            let best = try KernelTable.best()
            tell(
                "continuo: this processor lacks the kernels \(header.kernels) of the tape; \(best.variant.rawValue) may differ\n"
            )
            return best
        }
        return try KernelTable.table(variant)
    }

    private func precision(of header: TapeHeader) throws -> WeightPrecision {
        try WeightPrecision(rawValue: header.precision) ?? .chosen()
    }

    private static func midi(of replay: Replay, _ sampleRate: Int) throws -> MIDIFile {
        let start = replay.start ?? 0
        let messages = replay.output.filter { (0x80..<0xF0).contains($0.status) }.map { message in
            ChannelMessage(
                time: Int64(Double(message.frame - start) * 1e9 / Double(sampleRate)), status: message.status,
                data1: message.data1, data2: message.data2)
        }
        return MIDIFile(recording: [("Continuo", messages)])
    }

    static func report(_ replay: Replay, _ header: TapeHeader, _ isWhatIf: Bool) -> String {
        func seconds(_ frames: Int64) -> String { fixed(Double(frames) / Double(header.sampleRate), 1) + " s" }
        func words(_ message: MIDIMessage?) -> String {
            message.map { "\(String($0.status, radix: 16)) \($0.data1) \($0.data2)" } ?? "nothing"
        }
        var lines = ["\(seconds(replay.frames)) in \(replay.cycles) cycles, preset \(header.preset)"]
        switch replay.ending {
        case .end: break
        case .cutOff: lines.append("the tape was cut off in its last cycle")
        case .gap: lines.append("the tape has a gap there; what comes after it cannot be replayed")
        }
        if replay.lapses > 0 { lines.append("\(replay.lapses) answers of other threads came late, as then") }
        let start = replay.start ?? 0
        let first = replay.first.map {
            "the first after \(seconds($0.frame - start)): \(words($0.then)) then, \(words($0.now)) now"
        }
        if isWhatIf {
            lines.append("\(replay.sent.then) messages went out then, \(replay.sent.now) would now")
            let notes = replay.notes
            if notes.gone + notes.new > 0 {
                lines.append(
                    "of \(notes.then) notes \(notes.gone) would be missing, and \(notes.new) would be new"
                        + (notes.first.map { ", from \(seconds($0 - start)) on" } ?? ""))
            }
            lines.append(first.map { "\(replay.differing) cycles differ, \($0)" } ?? "the same comes out")
        } else if replay.isSame {
            lines.append("the same comes out: \(replay.sent.now) messages, each on its frame")
        } else {
            if let first { lines.append("it differs in \(replay.differing) cycles, \(first)") }
            if let plan = replay.unplanned {
                lines.append(
                    "the model now plans otherwise, first after \(seconds(plan.frame - start)), key \(plan.key)")
            }
        }
        return lines.joined(separator: "\n")
    }
}

/// The networks of a tape, each found by its fingerprint among the presets.
private struct TapedModels {
    let library: PresetLibrary
    let kernels: KernelTable
    let precision: WeightPrecision
    private var known: [UInt64: Network] = [:]

    init(library: PresetLibrary, kernels: KernelTable, precision: WeightPrecision) {
        (self.library, self.kernels, self.precision) = (library, kernels, precision)
    }

    mutating func load(_ name: String) throws -> (preset: Preset, network: Network) {
        let preset = try library.load(name)
        let network = try preset.loadMind(kernels, precision).network
        known[network.fingerprint] = network
        return (preset, network)
    }

    mutating func network(_ fingerprint: UInt64, first name: String) throws -> Network {
        if let network = known[fingerprint] { return network }
        for name in [name] + library.summaries().map(\.name) {
            if let network = try? load(name).network, network.fingerprint == fingerprint { return network }
        }
        throw ReplayError.noModel(name)
    }
}

extension TapeError: CommandError {
    package var exitStatus: Int32 { EX_DATAERR }
}

enum ReplayError: CommandError, CustomStringConvertible {
    case noModel(String)
    /// Recording was turned on in the middle.
    case beginsLater

    var exitStatus: Int32 {
        switch self {
        case .noModel: EX_NOINPUT
        case .beginsLater: EX_DATAERR
        }
    }

    var description: String {
        switch self {
        case .beginsLater:
            "this tape begins later than its instrument, when recording was turned on: what was heard before is not known. It can be shown and exported"
        case .noModel(let name):
            "no preset here has the model of the tape, which played \(name); name its folder with --presets, or another preset with --preset"
        }
    }
}
