import ArgumentParser
import Commands
import Performer

struct Parameters: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the parameters of the instrument.",
        discussion: """
            Each can be given to continuod as --set name=value, written in a preset, and changed over OSC.

            Example: continuo parameters
            """)

    func run() {
        for declaration in Parameter.declarations {
            print("\(declaration.name): \(declaration.range), default \(declaration.shown(declaration.defaultValue))")
            print("    \(declaration.sentence)")
        }
    }
}
