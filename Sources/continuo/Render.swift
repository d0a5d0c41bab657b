import ArgumentParser
import Commands
import Files
import Score

struct Render: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw a MIDI file or a tune in ABC as a piano roll.",
        discussion: """
            Time runs to the right, pitch upwards; a colour for each track that holds notes, or for each channel if \
            only one does. Notes held by the sustain pedal are drawn for as long as they sound. Percussion is left out. \
            Thin lines stand where bars begin, if the file has a time signature.

            Example: continuo render piece.mid -o piece.svg
            """)

    @Argument(help: "A Standard MIDI File, or an ABC file (.abc).")
    var piece: String
    @Option(name: .shortAndLong, help: "The SVG file to write.")
    var output: String
    @Option(help: "Instead of the name of the MIDI file.")
    var title: String?
    @Flag(help: "Draw notes as the keys were held, without the sustain pedal.")
    var keys = false

    func validate() throws { try WrittenFormat.svg.check(output) }

    func run() throws {
        try attempt {
            let file = try readMusic(piece)
            let name = (piece.split(separator: "/").last.map(String.init) ?? piece).pathText
            let roll = PianoRoll(title: title ?? name, bars: file.statesMeter ? file.tempoMap : nil)
            let svg = roll.svg(voices: file.voices(foldingPedal: !keys))
            try writeAtomically(Array(svg.utf8), to: output)
        }
    }
}
