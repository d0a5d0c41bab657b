import ArgumentParser
import Commands
import Files
import Glibc
import Kernels
import Network
import Presets

struct Presets: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List, show, check and install presets.",
        discussion: """
            Without a subcommand: list.

            Example: continuo presets
            """,
        subcommands: [List.self, Show.self, Validate.self, Install.self], defaultSubcommand: List.self)

    /// Where presets are looked for.
    struct Folders: ParsableArguments {
        @Option(help: "Folder to look for presets in before all others.")
        var presets: String?

        var library: PresetLibrary { .standard(chosen: presets) }
    }
}

extension Presets {
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the presets that can be played by name.",
            discussion: "Example: continuo presets list")

        @OptionGroup var folders: Folders

        func run() throws {
            let library = folders.library
            let found = library.list()
            for (name, folder) in found { print("\(name)  \(Preset.summary(of: folder))\n    \(folder)") }
            guard found.isEmpty else { return }
            tell(
                "continuo: there is no preset in \(library.directories.joined(separator: ", ")); put a preset's folder there\n"
            )
            throw ExitCode(EX_NOINPUT)
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a preset: what it sets, and what its model is.",
            discussion: "Example: continuo presets show maestro-small")

        @Argument(help: "A preset's name, or the path of its folder with a '/'.")
        var preset: String
        @OptionGroup var folders: Folders

        func run() throws {
            try attempt {
                let preset = try folders.library.load(preset)
                let model: Model
                do throws(ModelFileError) { model = try Model.load(preset.model) } catch {
                    throw PresetLoadingError.model(error)
                }
                let shape = model.weights.layout.configuration
                print("\(preset.name)  \(preset.description)\n\(preset.folder)")
                print("\nmodel: \(shape.representation), \(shape.layers) layers of \(shape.hidden),", terminator: " ")
                print("\(model.weights.layout.count) parameters")
                for (key, text) in model.notes.sorted(by: { $0.key < $1.key }) { print("  \(key): \(text)") }
                print("\nparameters that it sets:\(preset.parameters.isEmpty ? " none" : "")")
                for (parameter, value) in preset.parameters.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                    print("  \(parameter.declaration.name) = \(parameter.declaration.shown(value))")
                }
            }
        }
    }

    struct Validate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check a preset as installing it would.",
            discussion: """
                Reads all of it, loads its model and makes it ready to play; writes nothing. Ends with 0 if it is good.

                Example: continuo presets validate night.tar.gz
                """)

        @Argument(help: "A preset's name, its folder, or an archive with one (tar, zip).")
        var preset: String
        @OptionGroup var folders: Folders

        func run() throws {
            try attempt {
                let isThere = preset.contains("/") || access(preset.cPath, F_OK) == 0
                let package = try PresetPackage(isThere ? preset : folders.library.folder(named: preset), named: nil)
                try package.check(KernelTable.best())
                print("\(package.source): good, and can be played here")
            }
        }
    }

    struct Install: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Install a preset from a folder or an archive among your own.",
            discussion: """
                All of it is checked before anything is written, and then it is there in one instant: preset.toml, its \
                model, CARD.md and LICENSE; other files stay behind. A preset of your own goes before one of the same \
                name that came with the program. A daemon that plays it goes over to the new one.

                Example: continuo presets install runs/mine --name mine
                """)

        @Argument(help: "A preset's folder, or an archive with one (tar, zip).")
        var source: String
        @Option(help: "Its name; without this, that of the folder or archive.")
        var name: String?
        @Option(help: "Folder to install it in, instead of your own (~/.local/share/continuo/presets).")
        var into: String?
        @Flag(help: "Replace a preset of this name that is there.")
        var replace = false

        func run() throws {
            try attempt {
                guard let folder = into ?? PresetLibrary.own() else {
                    throw ControlError.refused("you have no home folder; say with --into where to install it")
                }
                let package = try PresetPackage(source, named: name)
                try package.check(KernelTable.best())
                print("\(package.name): \(try package.install(in: folder, replacing: replace))")
            }
        }
    }
}
