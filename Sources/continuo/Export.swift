import ArgumentParser
import Commands
import Files
import Glibc
import Training

struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a model file from a training's checkpoint.",
        discussion: """
            A finished training has written its model already; this is for one that is under way.

            Example: continuo export runs/maestro-small -o model.safetensors
            """)

    @Argument(help: "A training's output folder, or a checkpoint.")
    var checkpoint: String
    @Option(name: .shortAndLong, help: "The model file to write, such as model.safetensors.")
    var output: String
    @Option(
        name: .customLong("note"),
        help: ArgumentHelp("Free text to keep in the file, such as a validation figure.", valueName: "key=text"))
    var notes: [String] = []

    func validate() throws {
        if let note = notes.first(where: { !$0.contains("=") }) {
            throw ValidationError("--note \(note): write key=text, such as --note validation=9.8")
        }
    }

    func run() throws {
        try attempt {
            // A folder may hold the model of a training that has been prolonged since.
            let inFolder = checkpoint + "/checkpoint"
            var trained = try TrainedWeights(path: access(inFolder.cPath, F_OK) == 0 ? inFolder : checkpoint)
            for note in notes {
                let parts = note.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                trained.notes[String(parts[0])] = String(parts[1])
            }
            try trained.save(output)
        }
    }
}
