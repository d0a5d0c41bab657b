import Files
import Glibc

/// The folders in which presets are looked for, the most personal first; of two presets of one name the first is taken.
public struct PresetLibrary: Sendable {
    /// What plays unless another is named.
    public static let preferred = "maestro"

    public let directories: [String]

    public init(directories: [String]) { self.directories = directories }

    /// `chosen` (the value of `--presets`), $CONTINUO_PRESETS (directories with ':' between them), $XDG_DATA_HOME; the
    /// source checkout that the program was built in; /etc, for the machine's owner; $XDG_DATA_DIRS, and before them share
    /// beside the program's own bin if it is none of them.
    /// - Parameters:
    ///   - variable: an environment variable's value.
    ///   - program: the path of this program.
    public static func standard(
        chosen: String? = nil, variable: (String) -> String? = environmentVariable,
        program: String? = ownPath
    ) -> PresetLibrary {
        func set(_ name: String) -> String? { variable(name).flatMap { $0.isEmpty ? nil : $0 } }
        func list(_ text: String) -> [String] { text.split(separator: ":").map(String.init) }

        var directories = chosen.map { [$0] } ?? []
        directories += set("CONTINUO_PRESETS").map(list) ?? []
        // XDG Base Directory Specification 0.8, whose default of XDG_DATA_DIRS this is.
        var installed = list(set("XDG_DATA_DIRS") ?? "/usr/local/share:/usr/share")
        directories += own(variable: variable).map { [$0] } ?? []
        let path = program?.split(separator: "/") ?? []
        func above(_ folder: Int) -> String { "/" + path[..<folder].joined(separator: "/") }
        if let build = path.firstIndex(of: ".build") { directories.append(above(build) + "/presets") }
        directories.append("/etc/continuo/presets")
        if path.dropLast().last == "bin" {
            let own = above(path.count - 2) + "/share"
            if !installed.contains(own) { installed.insert(own, at: 0) }
        }
        directories += installed.map { $0 + "/continuo/presets" }
        return PresetLibrary(directories: directories)
    }

    /// Where people's own presets lie: of these folders the first that is theirs.
    /// - Parameter variable: an environment variable's value.
    public static func own(
        variable: (String) -> String? = environmentVariable
    ) -> String? {
        func set(_ name: String) -> String? { variable(name).flatMap { $0.isEmpty ? nil : $0 } }
        return (set("XDG_DATA_HOME") ?? set("HOME").map { $0 + "/.local/share" }).map { $0 + "/continuo/presets" }
    }

    /// Names and folders of all presets, in ascending order of names. A folder counts if it has a `preset.toml`.
    public func list() -> [(name: String, folder: String)] {
        var folders: [String: String] = [:]
        for directory in directories {
            for name in folderEntries(directory) ?? [] where isPlainName(name) && folders[name] == nil {
                let folder = directory + "/" + name
                if Self.isPreset(folder) { folders[name] = folder }
            }
        }
        return folders.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Names of all presets, each with what there is to say of it.
    public func summaries() -> [(name: String, description: String)] {
        list().map { ($0.name, Preset.summary(of: $0.folder)) }
    }

    /// The preset's folder.
    /// - Parameter name: of the folder, never a path: it may come from the network.
    public func folder(named name: String) throws(ControlError) -> String {
        guard isPlainName(name) else { throw .badPresetName(name) }
        guard let folder = directories.lazy.map({ $0 + "/" + name }).first(where: Self.isPreset) else {
            throw .noPreset(name, searched: directories)
        }
        return folder
    }

    /// What `load` finds this preset by: its name, or where another one has that, the path of its folder.
    public func reference(to preset: Preset) -> String {
        let named = try? folder(named: preset.folderName)
        return named == preset.folder ? preset.folderName : realPath(preset.folder) ?? preset.folder
    }

    /// Where `path` leads from here or else from the folders that hold the presets' own: the program's recipes and the
    /// demo's phrases lie beside its presets.
    /// - Returns: `path` itself if nothing is there.
    public func shipped(_ path: String) -> String {
        let above = directories.filter { $0.hasSuffix("/presets") }.map { String($0.dropLast("presets".count)) + path }
        return ([path] + above).first { access($0.cPath, R_OK) == 0 } ?? path
    }

    private static func isPreset(_ folder: String) -> Bool { access((folder + "/preset.toml").cPath, R_OK) == 0 }

    /// The path of this program.
    public static var ownPath: String? { realPath("/proc/self/exe") }
}

extension Preset {
    /// The description of the preset in a folder, or why it cannot be loaded; one line.
    public static func summary(of folder: String) -> String {
        do throws(ControlError) {
            let preset = try load(folder)
            return access(preset.model.cPath, R_OK) == 0
                ? preset.description : "cannot be loaded: \(preset.model) is not there"
        } catch { return "cannot be loaded: \(error)" }
    }
}
