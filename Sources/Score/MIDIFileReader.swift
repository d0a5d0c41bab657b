/// Reads header and chunks; MIDIFileReader+Track.swift reads events. Every access is checked against `end`, which never
/// lies beyond the buffer.
///
/// A header's figures are believed as long as they fit. Where they do not, a track lasts to its end-of-track event, and
/// the next begins at its `MTrk`. A file that is cut off stays an error.
struct MIDIFileReader {
    let bytes: UnsafeBufferPointer<UInt8>
    var offset = 0
    /// Of the chunk being read.
    var end: Int
    /// One of each kind.
    private(set) var warnings: [MIDIFileWarning] = []

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        end = bytes.count
    }

    mutating func warn(_ problem: MIDIFileWarning.Problem, at offset: Int) {
        let warning = MIDIFileWarning(problem, at: offset)
        if let like = warnings.firstIndex(where: { $0.isLike(warning) }) {
            warnings[like].count += 1
        } else {
            warnings.append(warning)
        }
    }

    // MARK: Chunks

    mutating func file() throws(MIDIFileError) -> MIDIFile {
        let (header, declared) = try header()
        var file = header
        while offset < bytes.count && file.tracks.count < MIDIFile.mostTracks {
            let isExtra = file.tracks.count >= declared
            guard bytes.has("MTrk", at: offset), bytes.count - offset >= 8 else {
                guard try skipToChunk(isExtra: isExtra, hasTracks: !file.tracks.isEmpty) else { break }
                continue
            }
            let (start, told) = (offset, warnings)
            do {
                file.tracks.append(try trackChunk())
            } catch {
                guard isExtra else { throw error }
                warnings = told
                warn(.leftOut, at: start)
                break
            }
        }
        let found = file.tracks.count
        guard found > 0 || declared == 0 else {
            throw MIDIFileError(.missingTracks(declared: declared, found: 0), at: offset)
        }
        if found != declared { warn(.tracks(declared: declared, found: found), at: headerStart + 10) }
        guard file.duration < MIDIFile.longestDuration else { throw MIDIFileError(.tooLong, at: offset) }
        return file
    }

    private var headerStart = 0

    /// A file without tracks, and how many it should have.
    private mutating func header() throws(MIDIFileError) -> (MIDIFile, tracks: Int) {
        let start = try MIDIFileContainer.beginning(of: bytes)
        headerStart = start
        offset = start + 4
        let length = try bigEndian(4, "the end of its header")
        let isOfSix = bytes.has("MTrk", at: start + 14)
        guard length >= 6 || isOfSix else { throw MIDIFileError(.header(length: length), at: start + 4) }
        let formatNumber = try bigEndian(2, "the end of its header")
        guard let format = MIDIFile.Format(rawValue: UInt16(formatNumber)) else {
            throw MIDIFileError(.format(formatNumber), at: start + 8)
        }
        let trackCount = try bigEndian(2, "the end of its header")
        let division = try bigEndian(2, "the end of its header")
        guard let timeBase = TimeBase(division: UInt16(division)) else {
            throw MIDIFileError(.division(division), at: start + 12)
        }
        if length != 6 && isOfSix {
            warn(.headerLength(length), at: start + 4)
        } else {
            guard length - 6 <= bytes.count - offset else {
                throw MIDIFileError(.chunkTooLong(length: length, left: bytes.count - start - 8), at: start + 4)
            }
            offset += length - 6
        }
        return (MIDIFile(format: format, timeBase: timeBase, tracks: []), trackCount)
    }

    /// Passes over an unknown chunk, or to the next track where there is no chunk.
    /// - Returns: whether the file goes on.
    private mutating func skipToChunk(isExtra: Bool, hasTracks: Bool) throws(MIDIFileError) -> Bool {
        let start = offset
        if isChunk(at: start) {
            offset = start + 8 + bigEndian(at: start + 4)
            return true
        }
        // What follows the last track may be anything.
        if isExtra { return false }
        if let track = nextTrack(from: start) {
            warn(.gap(length: track - start), at: start)
            offset = track
            return true
        }
        guard isType(at: start) else {
            if hasTracks && bytes.count - start >= 8 { return false }
            throw MIDIFileError(.endOfFile(wanted: "the end of a chunk's head"), at: start)
        }
        let left = bytes.count - start - 8
        throw left < 0
            ? MIDIFileError(.endOfFile(wanted: "the end of a chunk's length"), at: bytes.count)
            : MIDIFileError(.chunkTooLong(length: bigEndian(at: start + 4), left: left), at: start + 4)
    }

    /// Whether a chunk's type may stand there.
    private func isType(at start: Int) -> Bool {
        guard bytes.count - start >= 4 else { return false }
        return bytes[start..<start + 4].allSatisfy {
            switch $0 {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: " "):
                true
            default: false
            }
        }
    }

    /// Whether a chunk stands there, as far as its head tells; any `MTrk` is one.
    private func isChunk(at start: Int) -> Bool {
        guard bytes.count - start >= 8, isType(at: start) else { return false }
        return bytes.has("MTrk", at: start) || bigEndian(at: start + 4) <= bytes.count - start - 8
    }

    private func nextTrack(from start: Int) -> Int? {
        var place = start
        while bytes.count - place >= 8 {
            if bytes[place] == UInt8(ascii: "M"), bytes.has("MTrk", at: place) { return place }
            place += 1
        }
        return nil
    }

    // MARK: Tracks

    /// Leaves `offset` where the next chunk begins.
    private mutating func trackChunk() throws(MIDIFileError) -> MIDIFile.Track {
        let body = offset + 8
        let length = bigEndian(at: offset + 4)
        let claimed = body + length
        let told = warnings
        do {
            let (track, isClosed) = try track(body..<min(claimed, bytes.count))
            if isClosed {
                // Whoever closes a track may still fill its chunk up; but another track behind it is none of it.
                let isLie = claimed > bytes.count || claimed > offset && bytes.has("MTrk", at: offset)
                if isLie { warn(.trackLength(length, found: offset - body), at: body - 4) } else { offset = claimed }
                return track
            }
            if claimed <= bytes.count {
                if claimed < bytes.count && !isChunk(at: claimed),
                    let longer = longerTrack(body, length, mustClose: !track.events.isEmpty)
                {
                    return longer
                }
                offset = claimed
                return track
            }
        } catch {
            if claimed <= bytes.count {
                guard claimed < bytes.count, case .endOfTrack = error.problem else { throw error }
                warnings = told
                guard let longer = longerTrack(body, length, mustClose: false) else { throw error }
                return longer
            }
        }
        throw MIDIFileError(.chunkTooLong(length: length, left: bytes.count - body), at: body - 4)
    }

    /// A track that is longer than it says: to its end-of-track event, the next track or the end of the file. Nil if what
    /// follows is no events.
    private mutating func longerTrack(_ body: Int, _ length: Int, mustClose: Bool) -> MIDIFile.Track? {
        let told = warnings
        let end = nextTrack(from: body + length) ?? bytes.count
        if let (track, isClosed) = try? track(body..<end), isClosed || !mustClose {
            warn(.trackLength(length, found: offset - body), at: body - 4)
            return track
        }
        warnings = told
        return nil
    }

    // MARK: Numbers

    mutating func next(_ wanted: StaticString) throws(MIDIFileError) -> UInt8 {
        guard offset < end else {
            let problem: MIDIFileError.Problem =
                end < bytes.count ? .endOfTrack(wanted: "\(wanted)") : .endOfFile(wanted: "\(wanted)")
            throw MIDIFileError(problem, at: offset)
        }
        offset += 1
        return bytes[offset - 1]
    }

    private mutating func bigEndian(_ count: Int, _ wanted: StaticString) throws(MIDIFileError) -> Int {
        var value = 0
        for _ in 0..<count { value = value << 8 | Int(try next(wanted)) }
        return value
    }

    /// Four bytes that are there.
    private func bigEndian(at place: Int) -> Int { bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) } }
}
