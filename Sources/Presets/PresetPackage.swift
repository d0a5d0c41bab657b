import CPlatform
import Files
import Glibc
import Kernels
import Network
import Performer

/// A preset on its way from somebody else: its files in memory, not yet checked or written.
///
///     let package = try PresetPackage("night.tar.gz", named: nil)
///     try package.check(kernels)
///     try package.install(in: folder, replacing: false)
public struct PresetPackage: Sendable {
    public let name: String
    /// Where it came from, for messages.
    public let source: String
    /// `preset.toml`, the model that it names and, if they are there, `CARD.md` and `LICENSE`.
    public let files: [(name: String, bytes: [UInt8])]
    public let preset: Preset

    /// - Parameters:
    ///   - source: a preset's folder, or an archive with one.
    ///   - name: nil: that of the folder, in the archive's case of the one in it, or of the archive.
    public init(_ source: String, named name: String?) throws(ControlError) {
        var status = stat()
        guard stat(source.cPath, &status) == 0 else {
            throw .unreadable(.system("open", source))
        }
        let isFolder = status.st_mode & S_IFMT == S_IFDIR
        let read = isFolder ? try Self.folder(source) : try Self.archive(source)
        let own = name ?? read.name
        guard isPlainName(own) else { throw .badPresetName(own) }
        let preset = try Preset(folder: own, bytes: try read.file("preset.toml"))
        let model = String(preset.model.split(separator: "/").last!)
        var files: [(String, [UInt8])] = []
        for file in ["preset.toml", model] { files.append((file, try read.file(file))) }
        for file in ["CARD.md", "LICENSE"] where read.has(file) { files.append((file, try read.file(file))) }
        (self.name, self.source, self.files, self.preset) = (own, source, files, preset)
    }

    /// Whether its model is one, and can be played here, in each precision.
    public func check(_ kernels: KernelTable) throws(PresetLoadingError) {
        let shown = "\(source): \(files[1].name)"
        let model: Model
        do throws(ModelFileError) {
            model = try Model.load(Safetensors(bytes: files[1].bytes, file: shown), shown)
        } catch { throw .model(error) }
        do throws(PerformerError) {
            for precision in WeightPrecision.allCases {
                _ = try Mind(Network(model.weights, kernels: kernels, precision: precision), kernels: kernels)
            }
        } catch { throw .performer(error, model: shown) }
    }

    /// Writes it into the folder `directory`, in one instant: a reader, or a crash at any moment, sees the old preset, or
    /// none, or the whole new one.
    /// - Returns: its folder.
    public func install(in directory: String, replacing: Bool) throws(ControlError) -> String {
        do throws(FileError) { try makeFolders(directory) } catch { throw .unreadable(error) }
        Self.sweep(directory)
        let folder = directory + "/" + name
        guard replacing || access(folder.cPath, F_OK) != 0 else {
            throw .refused(
                "there is a preset '\(name)' in \(directory) already; --replace replaces it, --name names it")
        }
        if let other = folderEntries(folder)?.first(where: { !Self.isOfAPreset($0) }), !Self.isLink(folder) {
            throw .refused("\(folder) holds more than a preset, \(other) for example; move that away first")
        }
        let draft = "\(directory)/.\(name).\(getpid()).new"
        guard mkdir(draft.cPath, 0o755) == 0 else { throw .unreadable(.system("write", draft)) }
        // The draft, or what was exchanged for it.
        defer { Self.remove(draft) }
        for file in files {
            do throws(FileError) { try writeAtomically(file.bytes, to: draft + "/" + file.name) } catch {
                throw .unreadable(error)
            }
        }
        guard exchange(draft, folder) else { throw .unreadable(.system("replace", folder)) }
        syncFolder(directory)
        return folder
    }

    private func exchange(_ draft: String, _ folder: String) -> Bool {
        continuo_rename_new(draft.cPath, folder.cPath) == 0
            || errno == EEXIST && continuo_exchange(draft.cPath, folder.cPath) == 0
    }

    /// Drafts of processes that were killed.
    private static func sweep(_ directory: String) {
        for name in folderEntries(directory) ?? [] where name.hasPrefix(".") && name.hasSuffix(".new") {
            guard let process = name.split(separator: ".").dropLast().last.flatMap({ pid_t($0) }),
                kill(process, 0) != 0 && errno == ESRCH
            else { continue }
            remove(directory + "/" + name)
        }
    }

    /// A preset's folder has no folders in it. Where a link leads is somebody's own.
    private static func remove(_ folder: String) {
        if isLink(folder) {
            unlink(folder.cPath)
            return
        }
        for name in folderEntries(folder) ?? [] { unlink((folder + "/" + name).cPath) }
        rmdir(folder.cPath)
    }

    private static func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path.cPath, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    private static func isOfAPreset(_ name: String) -> Bool {
        ["preset.toml", "CARD.md", "LICENSE"].contains(name) || name.hasSuffix(".safetensors")
    }
}

extension PresetPackage {
    /// Files as they were found, below one folder.
    private struct Found {
        let source: String
        let name: String
        let has: (String) -> Bool
        let read: (String) throws(ControlError) -> [UInt8]

        func file(_ name: String) throws(ControlError) -> [UInt8] {
            guard has(name) else { throw .foreign(source, "there is no \(name) in it") }
            return try read(name)
        }
    }

    private static func folder(_ path: String) throws(ControlError) -> Found {
        // "." has no name of its own.
        guard let real = realPath(path) else { throw .unreadable(.system("open", path)) }
        return Found(
            source: path, name: String(real.split(separator: "/").last ?? ""),
            has: { access((path + "/" + $0).cPath, F_OK) == 0 },
            read: { (name) throws(ControlError) in
                do throws(FileError) { return try readFile(path + "/" + name, limit: PresetArchive.largest) } catch {
                    throw .unreadable(error)
                }
            })
    }

    private static func archive(_ path: String) throws(ControlError) -> Found {
        let archive = try PresetArchive(path)
        let tops = archive.files.map(\.path).filter { $0.last == "preset.toml" && $0.count <= 2 }.map { $0.dropLast() }
        guard let top = tops.first else { throw .foreign(path, "there is no preset.toml in it, nor in a folder of it") }
        guard tops.count == 1 else {
            throw .foreign(path, "there are \(tops.count) presets in it; pack each by itself")
        }
        var files: [String: [UInt8]] = [:]
        for file in archive.files where file.path.dropLast() == top { files[file.path.last!] = file.bytes }
        let own = path.split(separator: "/").last?.split(separator: ".").first
        return Found(
            source: path, name: top.first ?? own.map(String.init) ?? "", has: { [files] in files[$0] != nil },
            read: { [files] (name) throws(ControlError) in files[name] ?? [] })
    }
}
