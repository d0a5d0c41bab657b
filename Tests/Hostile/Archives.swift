/// Archives that must not be unpacked.

/// An entry of a tar file.
public struct TarEntry: Sendable {
    public var path: String
    /// POSIX.1-1988 ustar: '0' a file, '1' a hard link, '2' a symbolic one, '3' a device, '5' a folder, '6' a pipe.
    public var type: Character
    public var bytes: [UInt8]
    public var link: String

    public init(_ path: String, _ bytes: [UInt8] = [], type: Character = "0", link: String = "") {
        (self.path, self.bytes, self.type, self.link) = (path, bytes, type, link)
    }

    /// The header alone.
    /// - Parameter size: what it says of its file.
    public func header(size: Int) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, _ place: Int) {
            header.replaceSubrange(place..<place + text.utf8.count, with: text.utf8)
        }
        func octal(_ value: Int, _ digits: Int) -> String {
            let text = String(value, radix: 8)
            return String(repeating: "0", count: digits - text.count) + text
        }
        put(path, 0)
        put(octal(0o644, 7), 100)
        put(octal(size, 11), 124)
        put(octal(0, 11), 136)
        put("        ", 148)
        put(String(type), 156)
        put(link, 157)
        put("ustar\0" + "00", 257)
        put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\0 ", 148)
        return header
    }
}

/// A tar file of these.
public func tar(_ entries: [TarEntry]) -> [UInt8] {
    entries.flatMap { entry in
        let padding = [UInt8](repeating: 0, count: (512 - entry.bytes.count % 512) % 512)
        return entry.header(size: entry.bytes.count) + entry.bytes + padding
    } + [UInt8](repeating: 0, count: 1024)
}

public struct HostileArchive: Sendable {
    public let what: String
    public let bytes: [UInt8]
    /// A part of what the error must say.
    public let mentions: String
}

extension HostileArchive {
    /// - Parameter good: the files of a preset that could be installed.
    public static func files(_ good: [(name: String, bytes: [UInt8])]) -> [HostileArchive] {
        let whole = good.map { TarEntry("night/" + $0.name, $0.bytes) }
        func with(_ what: String, _ entry: TarEntry, _ mentions: String) -> HostileArchive {
            HostileArchive(what: what, bytes: tar(whole + [entry]), mentions: mentions)
        }
        let x = Array("x".utf8)
        return [
            with("above it", TarEntry("../x", x), "no plain name"),
            with("above it, later", TarEntry("night/../../x", x), "no plain name"),
            with("from the root", TarEntry("/tmp/x", x), "no plain name"),
            with("a folder above it", TarEntry("../x/", type: "5"), "no plain name"),
            with("an escape sequence", TarEntry("night/\u{1B}[2J", x), "no plain name"),
            with("an empty part", TarEntry("night//x", x), "no plain name"),
            with("a symbolic link", TarEntry("night/CARD", type: "2", link: "/etc/passwd"), "a link"),
            with("a hard link", TarEntry("night/CARD", type: "1", link: "/etc/passwd"), "a link"),
            with("a link to its folder", TarEntry("day", type: "2", link: ".."), "a link"),
            with("a device", TarEntry("night/null", type: "3"), "no regular file"),
            with("a pipe", TarEntry("night/pipe", type: "6"), "no regular file"),
            with("a file twice", TarEntry("night/preset.toml", x), "twice"),
            with("two presets", TarEntry("day/preset.toml", x), "2 presets"),
            HostileArchive(
                what: "the model is a link",
                bytes: tar([whole[0], TarEntry(whole[1].path, type: "2", link: "/etc/passwd")]), mentions: "a link"),
            HostileArchive(what: "no model", bytes: tar([whole[0]]), mentions: "there is no model.safetensors"),
            HostileArchive(what: "no preset", bytes: tar([TarEntry("night/x", x)]), mentions: "no preset.toml"),
            HostileArchive(
                what: "too deep", bytes: tar(good.map { TarEntry("a/night/" + $0.name, $0.bytes) }),
                mentions: "no preset.toml"),
            HostileArchive(
                what: "a thousand files", bytes: tar((0...1000).map { TarEntry("night/\($0)") }),
                mentions: "more than 1000"),
            HostileArchive(what: "cut off", bytes: Array(tar(whole).prefix(700)), mentions: "damaged"),
            HostileArchive(what: "empty", bytes: [], mentions: "archive"),
            HostileArchive(what: "a preset", bytes: Array("[preset]\n".utf8), mentions: "archive"),
            HostileArchive(
                what: "a damaged preset.toml",
                bytes: tar([TarEntry("night/preset.toml", Array("[.]".utf8)), whole[1]]),
                mentions: "preset.toml:1"),
        ]
    }
}
