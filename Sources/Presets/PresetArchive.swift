/// Archives from strangers, read into memory and never unpacked by themselves. Only this file knows libarchive.

import CArchive
import Files

/// What libarchive found of an archive: regular files by their path, in order.
struct PresetArchive {
    /// All of it unpacked, whatever it says of itself: a preset is a hundredth of that.
    static let largest = 256 << 20
    static let mostEntries = 1000

    private(set) var files: [(path: [String], bytes: [UInt8])] = []

    /// A tar file (plain, gzip, xz, zstd or bzip2) or a zip file. Nothing but folders and regular files may be in it, all at
    /// plain names below it, none of them twice.
    init(_ file: String) throws(ControlError) {
        guard let archive = archive_read_new() else { throw .foreign(file, "no memory to read it") }
        defer { archive_read_free(archive) }
        // Not "all": libarchive runs other programs for some kinds.
        let kinds = [archive_read_support_format_tar, archive_read_support_format_zip_streamable]
        let filters = [
            archive_read_support_filter_gzip, archive_read_support_filter_xz, archive_read_support_filter_zstd,
            archive_read_support_filter_bzip2,
        ]
        for support in kinds + filters {
            guard support(archive) == ARCHIVE_OK else { throw .foreign(file, "this libarchive cannot read archives") }
        }
        guard archive_read_open_filename(archive, file.cPath, 65536) == ARCHIVE_OK else {
            throw .foreign(file, "neither a preset's folder nor an archive (tar, zip): \(Self.complaint(archive))")
        }
        try read(archive, file)
    }

    private mutating func read(_ archive: OpaquePointer, _ file: String) throws(ControlError) {
        var left = Self.largest
        var seen: Set<[String]> = []
        for _ in 0..<Self.mostEntries {
            var entry: OpaquePointer?
            let code = archive_read_next_header(archive, &entry)
            if code == ARCHIVE_EOF {
                guard !seen.isEmpty else { throw .foreign(file, "there is nothing in it") }
                return
            }
            guard code == ARCHIVE_OK, let entry else { throw .foreign(file, Self.complaint(archive)) }
            let path = try Self.path(of: entry, file)
            // What other systems leave there; nothing of it is ever written.
            if path.first == "__MACOSX" || path.contains(where: { $0.hasPrefix(".") }) { continue }
            let shown = path.joined(separator: "/")
            // What a symbolic link is, type says too; a hard link has the type of its file.
            guard archive_entry_hardlink(entry) == nil, archive_entry_symlink(entry) == nil else {
                throw .foreign(file, "'\(shown)' in it is a link, which may lead anywhere")
            }
            // AE_IFREG and AE_IFDIR are macros with casts: the bits of stat(2).
            let type = UInt32(archive_entry_filetype(entry)) & 0o170_000
            if type == 0o040_000 { continue }
            guard type == 0o100_000 else { throw .foreign(file, "'\(shown)' in it is no regular file") }
            guard seen.insert(path).inserted else { throw .foreign(file, "'\(shown)' is in it twice") }
            files.append((path, try Self.bytes(archive, file, &left)))
        }
        throw .foreign(file, "there are more than \(Self.mostEntries) files in it")
    }

    private static func path(of entry: OpaquePointer, _ file: String) throws(ControlError) -> [String] {
        guard let name = archive_entry_pathname_utf8(entry) ?? archive_entry_pathname(entry),
            let path = String(validatingCString: name)
        else { throw .foreign(file, "a name in it is no text") }
        var parts = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        // "./night/preset.toml", "night/"
        while parts.first == "." { parts.removeFirst() }
        if parts.last == "" { parts.removeLast() }
        guard parts.allSatisfy({ isPlainName($0) || isHidden($0) }) else {
            throw .foreign(file, "'\(path)' in it is no plain name below it, and might be written anywhere")
        }
        return parts
    }

    /// ".." is no such name.
    private static func isHidden(_ name: String) -> Bool { name.first == "." && isPlainName(String(name.dropFirst())) }

    private static func bytes(
        _ archive: OpaquePointer, _ file: String, _ left: inout Int
    ) throws(ControlError) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = archive_read_data(archive, &buffer, buffer.count)
            if count == 0 { return bytes }
            guard count > 0 else { throw .foreign(file, complaint(archive)) }
            left -= count
            guard left >= 0 else {
                throw .foreign(file, "more than \(largest >> 20) MB unpacked: too much for a preset")
            }
            bytes += buffer[..<count]
        }
    }

    private static func complaint(_ archive: OpaquePointer) -> String {
        archive_error_string(archive).map { "damaged, or not an archive (\(String(cString: $0)))" } ?? "damaged"
    }
}
