import ArgumentParser
import Commands
import Files
import Glibc
import Processes
import Score

struct BenchTunes: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tunes", abstract: "Measure the tunes that a model writes.",
        discussion: """
            The preset's model writes tunes from nothing, title, meter and key included. Of them all: how many it ended by \
            itself, how many abc2midi (Debian's abcmidi) reads without error, how many Continuo reads, and how many are \
            distinct (the music, without the title). Of those that Continuo reads: how many bars are full, pickups and \
            the halves of bars at repeats left aside, and how many are rests.

            Example: continuo bench tunes --preset ./runs/folk --tunes 100
            """)

    @OptionGroup var instrument: InstrumentOptions
    @Option(help: "How many tunes.")
    var tunes = 100
    @Option(help: "Chooses the tunes, 0 to 16777215; the same as --set seed=….")
    var seed: Int?
    @Option(help: "A file to write the tunes to, as ABC.")
    var output: String?
    @Flag(help: "Draw any character, instead of those that keep bars full and the tune readable.")
    var withoutMasks = false
    @Flag(help: "Print the figures as JSON.")
    var json = false

    func validate() throws {
        if tunes < 1 { throw ValidationError("--tunes \(tunes): at least one tune is needed") }
        if let output { try WrittenFormat.abc.check(output) }
    }

    func run() throws {
        try attempt {
            guard var writer = try instrument.loadWriter(seed: seed) else {
                throw BenchTunesError.plays(instrument.preset)
            }
            writer.isMasked = !withoutMasks
            var figures = TuneFigures()
            var written: [String] = []
            for number in 0..<tunes {
                let piece = try writer.piece(number: number)
                let text = ABCTuneText.file(piece.text)
                figures.add(text, isComplete: piece.isComplete, abc2midi: try Self.abc2midiReads(text))
                written.append(text)
            }
            if let output { try writeAtomically(Array(written.joined(separator: "\n").utf8), to: output) }
            print(json ? try asJSON(figures) : figures.table)
        }
    }

    /// Whether abc2midi finds no error; nil if it is not installed.
    private static func abc2midiReads(_ text: String) throws -> Bool? {
        let folder = "/tmp/continuo-tunes-\(getpid())"
        try makeFolders(folder)
        let (tune, midi) = (folder + "/tune.abc", folder + "/tune.mid")
        defer {
            for path in [tune, midi] { unlink(path.cPath) }
            rmdir(folder.cPath)
        }
        try writeAtomically(Array(text.utf8), to: tune)
        guard let process = try? ChildProcess(["abc2midi", tune, "-o", midi]) else { return nil }
        defer { process.stop() }
        guard case .exited(let status) = process.hasEnded(within: 10) else { return false }
        return status == 0 && !process.printed.contains("Error")
    }
}

enum BenchTunesError: CommandError, CustomStringConvertible {
    case plays(String)

    var exitStatus: Int32 { EX_DATAERR }

    var description: String {
        switch self {
        case .plays(let preset): "\(preset): the preset plays, and writes no tunes; name one with --preset"
        }
    }
}
