import Files

extension MIDIFile {
    /// A pause or piece beyond 104 days is damage; nanoseconds below this are exact in a Double too.
    static let longestDuration: Int64 = 1 << 53
    /// Keeps ticks × tempo (below 2^24) below 2^62.
    static let lastTick = 1 << 38

    /// Reads a whole file. Meta and system exclusive events, unknown chunks and what follows the declared tracks are skipped.
    public init(bytes: [UInt8]) throws(MIDIFileError) {
        self = try bytes.withUnsafeBufferPointer { (buffer) throws(MIDIFileError) in
            var reader = MIDIFileReader(buffer)
            return try reader.file()
        }
    }

    /// - Throws: `FileError` if the file cannot be read, `MIDIFileError` if it is not a MIDI file.
    public init(path: String) throws {
        do {
            try self.init(bytes: readFile(path, limit: 1 << 26))
        } catch var error as MIDIFileError {
            error.path = path
            throw error
        }
    }
}

/// Every access is checked against `end`, which never lies beyond the buffer.
private struct MIDIFileReader {
    let bytes: UnsafeBufferPointer<UInt8>
    var offset = 0
    /// Of the chunk being read.
    var end: Int

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        end = bytes.count
    }

    // MARK: Chunks

    mutating func file() throws(MIDIFileError) -> MIDIFile {
        guard bytes.starts(with: "MThd".utf8) else { throw MIDIFileError(.notMIDI, at: 0) }
        offset = 4
        let length = try bigEndian(4, "the end of its header")
        guard length >= 6 else { throw MIDIFileError(.header(length: length), at: 4) }
        let formatNumber = try bigEndian(2, "the end of its header")
        guard let format = MIDIFile.Format(rawValue: UInt16(formatNumber)) else {
            throw MIDIFileError(.format(formatNumber), at: 8)
        }
        let trackCount = try bigEndian(2, "the end of its header")
        let division = try bigEndian(2, "the end of its header")
        guard let timeBase = TimeBase(division: UInt16(division)) else {
            throw MIDIFileError(.division(division), at: 12)
        }
        guard length - 6 <= bytes.count - offset else {
            throw MIDIFileError(.chunkTooLong(length: length, left: bytes.count - 8), at: 4)
        }
        offset += length - 6

        var file = MIDIFile(format: format, timeBase: timeBase, tracks: [])
        while file.tracks.count < trackCount {
            guard offset < bytes.count else {
                throw MIDIFileError(.missingTracks(declared: trackCount, found: file.tracks.count), at: offset)
            }
            try chunk(into: &file)
        }
        guard file.duration < MIDIFile.longestDuration else { throw MIDIFileError(.tooLong, at: offset) }
        return file
    }

    private mutating func chunk(into file: inout MIDIFile) throws(MIDIFileError) {
        let start = offset
        let type = try bigEndian(4, "the end of a chunk's type")
        let length = try bigEndian(4, "the end of a chunk's length")
        guard length <= bytes.count - offset else {
            throw MIDIFileError(.chunkTooLong(length: length, left: bytes.count - offset), at: start + 4)
        }
        let next = offset + length
        if type == 0x4D54_726B {  // MTrk
            end = next
            file.tracks.append(try track(length: length))
            end = bytes.count
        }
        offset = next
    }

    // MARK: Events

    private mutating func track(length: Int) throws(MIDIFileError) -> MIDIFile.Track {
        var track = MIDIFile.Track(name: "", events: [])
        track.events.reserveCapacity(length / 4)
        var tick = 0
        var runningStatus: UInt8 = 0
        while offset < end {
            let start = offset
            tick += try variableLength()
            guard tick <= MIDIFile.lastTick else { throw MIDIFileError(.tooLong, at: start) }
            let byte = try next("the end of an event")
            switch byte {
            case 0..<0xF0:
                if byte >= 0x80 {
                    runningStatus = byte
                } else if runningStatus == 0 {
                    throw MIDIFileError(.noRunningStatus(byte), at: offset - 1)
                }
                let first = byte < 0x80 ? byte : try dataByte()
                let second = MIDIFileEvent.dataBytes(status: runningStatus) == 2 ? try dataByte() : 0
                track.events.append(MIDIFileEvent(tick: tick, status: runningStatus, data1: first, data2: second))
            case 0xF0, 0xF7:
                runningStatus = 0
                offset += try lengthWithinTrack()
            case 0xFF:
                runningStatus = 0
                if try meta(into: &track, at: tick) { return track }
            case 0xF8...:
                break  // A real-time byte has no data and leaves the running status.
            default:
                throw MIDIFileError(.status(byte), at: offset - 1)
            }
            track.end = tick
        }
        return track
    }

    /// - Returns: whether this was the end of the track.
    private mutating func meta(into track: inout MIDIFile.Track, at tick: Int) throws(MIDIFileError) -> Bool {
        let start = offset
        let type = try next("the end of an event")
        let length = try lengthWithinTrack()
        let body = offset
        offset += length
        switch type {
        case 0x03 where track.name.isEmpty:
            track.name = String(decoding: bytes[body..<body + length], as: UTF8.self)
        case 0x2F:
            track.end = tick
            return true
        case 0x51:
            // A longer one is a later version's: "they must ignore everything past what they know" (RP-001, "Meta-Events").
            guard length >= 3 else { throw MIDIFileError(.tempo(length: length), at: start) }
            let tempo = Int(bytes[body]) << 16 | Int(bytes[body + 1]) << 8 | Int(bytes[body + 2])
            track.tempoChanges.append(TempoChange(tick: tick, microsecondsPerQuarter: tempo))
        default:
            break
        }
        return false
    }

    // MARK: Numbers

    private mutating func next(_ wanted: StaticString) throws(MIDIFileError) -> UInt8 {
        guard offset < end else {
            let problem: MIDIFileError.Problem =
                end < bytes.count ? .endOfTrack(wanted: "\(wanted)") : .endOfFile(wanted: "\(wanted)")
            throw MIDIFileError(problem, at: offset)
        }
        offset += 1
        return bytes[offset - 1]
    }

    private mutating func dataByte() throws(MIDIFileError) -> UInt8 {
        let byte = try next("the end of an event")
        guard byte < 0x80 else { throw MIDIFileError(.dataByte(byte), at: offset - 1) }
        return byte
    }

    private mutating func bigEndian(_ count: Int, _ wanted: StaticString) throws(MIDIFileError) -> Int {
        var value = 0
        for _ in 0..<count { value = value << 8 | Int(try next(wanted)) }
        return value
    }

    /// RP-001, "Conventions": seven bits a byte, the last with bit 7 clear, four bytes at most.
    private mutating func variableLength() throws(MIDIFileError) -> Int {
        var value = 0
        for _ in 0..<4 {
            let byte = try next("the end of a delta time or length")
            value = value << 7 | Int(byte & 0x7F)
            if byte < 0x80 { return value }
        }
        throw MIDIFileError(.variableLengthQuantity, at: offset - 1)
    }

    private mutating func lengthWithinTrack() throws(MIDIFileError) -> Int {
        let start = offset
        let length = try variableLength()
        guard length <= end - offset else { throw MIDIFileError(.endOfTrack(wanted: "the end of an event"), at: start) }
        return length
    }
}
