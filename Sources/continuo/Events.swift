import ArgumentParser
import Commands

struct Events: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what Continuo reads in MIDI and ABC files, event by event.",
        discussion: """
            A line an event: track, tick, seconds from the start, event, channel, and its data (of a note: key and \
            velocity; an `on` of velocity 0 ends a note). Tracks and channels count from 1. What Continuo has no use \
            for (system exclusive, texts and so on) is not shown, but written. Where a file's header lies, or its events \
            break a rule, a warning says so and how it was read. Of an ABC file the first tune is read, with its repeats.

            Example: continuo events phrase.mid
            Example: continuo events phrase.mid --write again.mid
            Example: continuo events tune.abc --write tune.mid
            """)

    @Argument(help: ArgumentHelp("Standard MIDI Files, or ABC files (.abc).", valueName: "file"))
    var files: [String]
    @Option(help: ArgumentHelp("Write what was read to a MIDI file instead of showing it.", valueName: "output"))
    var write: String?

    func validate() throws {
        guard let write else { return }
        if files.count != 1 { throw ValidationError("--write takes one file, not \(files.count)") }
        try WrittenFormat.midi.check(write)
    }

    /// A file that cannot be read is told, the others are shown, and the status is that of the first such file.
    func run() throws {
        var status: ExitCode?
        for path in files {
            do {
                try attempt {
                    let file = try readMusic(path)
                    if let write { return try file.write(to: write) }
                    print(file.listing(title: path), terminator: "")
                }
            } catch let code as ExitCode {
                status = status ?? code
            }
        }
        if let status { throw status }
    }
}
