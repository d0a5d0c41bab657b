import ArgumentParser
import Duet
import Files
import Glibc
import Performer
import Presets
import Score

struct Demo: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Hear the instrument play along with a player made of code.",
        discussion: """
            Starts a JACK server without sound hardware if none answers, and continuod with the preset. Plays a \
            phrase into it, lets it answer, interrupts it, lets it answer again. What came out of the instrument's own \
            port is shown as it sounds, and written as .mid, .svg and .wav. Fails if anything of that did not happen.

            Example: continuo demo --repeat 20
            """)

    @Option(help: "Name or folder of the preset.")
    var preset = PresetLibrary.preferred
    @Option(help: "Folder to look for presets in before all others.")
    var presets: String?
    @Option(help: "The MIDI file that the player plays.")
    var phrase = "demo/phrase.mid"
    @Option(help: "The MIDI file with which the player interrupts the machine.")
    var interruption = "demo/interruption.mid"
    @Option(name: .shortAndLong, help: "What the names of the written files begin with.")
    var output = "demo"
    @Option(help: "Only measure: the interruption so many times, without roll and files.")
    var `repeat`: Int?

    func validate() throws {
        if let rounds = `repeat`, !(1...10_000).contains(rounds) {
            throw ValidationError("--repeat takes a number of rounds from 1 to 10000.")
        }
    }

    func run() throws {
        try attempt {
            let (phrase, interruption) = (try Self.music(phrase), try Self.music(interruption))
            let soundfont = `repeat` == nil ? try Soundfont.find() : nil
            leaveSignalsToPause()
            let session = try DemoSession(preset: preset, presets: presets)
            if let rounds = `repeat` {
                try session.measure(interruption, rounds: rounds)
            } else {
                try session.perform(phrase, interruption)
            }
            try session.finish()
            let files = try soundfont.map { try write(session, $0) }
            print(session.figures)
            if let files { print("files          \(files.joined(separator: "  "))") }
        }
    }

    private static func music(_ path: String) throws -> MIDIFile {
        try readMusic(PresetLibrary.standard().shipped(path))
    }

    /// - Returns: the paths of the files.
    private func write(_ session: DemoSession, _ soundfont: Soundfont) throws -> [String] {
        let (mid, svg, wav) = ("\(output).mid", "\(output).svg", "\(output).wav")
        let recording = session.take.recording(sampleRate: session.sampleRate)
        let picture = PianoRoll(title: "Continuo: a demonstration").svg(voices: recording.voices())
        try recording.write(to: mid)
        try writeAtomically(Array(picture.utf8), to: svg)
        try soundfont.render(mid, to: wav)
        return [mid, svg, wav]
    }
}
