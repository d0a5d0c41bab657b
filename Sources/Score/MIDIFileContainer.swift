/// What a Standard MIDI File may be wrapped in, and what is taken for one.
enum MIDIFileContainer {
    /// Where the file's `MThd` stands: at the start, in a RIFF file of type RMID (MIDI 1.0 RP-029), or behind the 128
    /// bytes with which MacBinary begins.
    static func beginning(of bytes: UnsafeBufferPointer<UInt8>) throws(MIDIFileError) -> Int {
        func has(_ text: StaticString, at offset: Int) -> Bool { bytes.has(text, at: offset) }
        if has("MThd", at: 0) { return 0 }
        if has("RIFF", at: 0), bytes.count >= 12 {
            // Sizes in the heads of the chunks are not needed, so they need not be right.
            guard has("RMID", at: 8) else {
                throw MIDIFileError(.riff(String(decoding: bytes[8..<12], as: UTF8.self)), at: 8)
            }
            guard let place = (12..<bytes.count).first(where: { has("MThd", at: $0) }) else {
                throw MIDIFileError(.riff("RMID"), at: bytes.count)
            }
            return place
        }
        // MacBinary: a zero, the length of a name of 1 to 63 bytes, the name.
        if bytes.count > 1, bytes[0] == 0, 1...63 ~= bytes[1], has("MThd", at: 128) { return 128 }
        throw MIDIFileError(stranger(bytes), at: 0)
    }

    private static func stranger(_ bytes: UnsafeBufferPointer<UInt8>) -> MIDIFileError.Problem {
        if bytes.isEmpty { return .empty }
        if bytes.starts(with: [0x00, 0x05, 0x16, 0x07]) { return .appleDouble }
        let archives: [(start: [UInt8], name: String)] = [
            ([0x1F, 0x8B], "gzip"), (Array("PK\u{3}\u{4}".utf8), "ZIP"), (Array("BZh".utf8), "bzip2"),
            ([0xFD] + "7zXZ".utf8, "xz"), ([0x28, 0xB5, 0x2F, 0xFD], "zstd"),
            (Array("7z\u{BC}".unicodeScalars.map { UInt8($0.value) }), "7-Zip"),
        ]
        if let archive = archives.first(where: { bytes.starts(with: $0.start) }) { return .compressed(archive.name) }
        return .notMIDI
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether `text`, ASCII, stands there.
    func has(_ text: StaticString, at offset: Int) -> Bool {
        guard offset >= 0, text.utf8CodeUnitCount <= count - offset else { return false }
        return (0..<text.utf8CodeUnitCount).allSatisfy { self[offset + $0] == text.utf8Start[$0] }
    }
}
