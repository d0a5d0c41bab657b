import ArgumentParser
import Presets

package struct Demo: LiveCommand {
    package static let configuration = CommandConfiguration(
        abstract: "Hear the instrument play along with a player made of code.",
        discussion: """
            Starts a JACK server without sound hardware if none answers, and continuod with the preset. Plays a \
            phrase into it, lets it answer, interrupts it, lets it answer again. What came out of the instrument's own \
            port is shown as it sounds, and written as .mid, .svg and .wav. Fails if anything of that did not happen.

            Example: continuo demo --repeat 20
            """)

    @Option(help: "Name or folder of the preset.")
    package var preset = PresetLibrary.preferred
    @Option(help: "Folder to look for presets in before all others.")
    package var presets: String?
    @Option(help: "The MIDI file that the player plays.")
    package var phrase = "demo/phrase.mid"
    @Option(help: "The MIDI file with which the player interrupts the machine.")
    package var interruption = "demo/interruption.mid"
    @Option(name: .shortAndLong, help: "What the names of the written files begin with.")
    package var output = "demo"
    @Option(help: "Only measure: the interruption so many times, without roll and files.")
    package var `repeat`: Int?

    package func validate() throws {
        if let rounds = `repeat`, !(1...10_000).contains(rounds) {
            throw ValidationError("--repeat takes a number of rounds from 1 to 10000.")
        }
    }

    package init() {}
}
