extension MIDIFileReader {
    /// Reads events up to the end of the track or of `range`, and leaves `offset` behind them.
    /// - Returns: the track, and whether an event ended it.
    mutating func track(_ range: Range<Int>) throws(MIDIFileError) -> (MIDIFile.Track, isClosed: Bool) {
        offset = range.lowerBound
        end = range.upperBound
        defer { end = bytes.count }
        var track = MIDIFile.Track(name: "", events: [])
        track.events.reserveCapacity(range.count / 4)
        var tick = 0
        var status = RunningStatus()
        while offset < end {
            let start = offset
            tick += try variableLength()
            guard tick <= MIDIFile.lastTick else { throw MIDIFileError(.tooLong, at: start) }
            let byte = try next("the end of an event")
            switch byte {
            case 0..<0xF0:
                track.events.append(try channelEvent(byte, &status, at: tick))
            case 0xF0, 0xF7:
                status.isInterrupted = true
                let body = offset - 1
                offset += try lengthWithinTrack()
                track.others.append(bytes[body..<offset], at: tick)
            case 0xFF:
                status.isInterrupted = true
                if try meta(into: &track, at: tick) { return (track, true) }
            case 0xF8...:
                break  // A real-time byte has no data and leaves the running status.
            default:
                throw MIDIFileError(.status(byte), at: offset - 1)
            }
            track.end = tick
        }
        return (track, false)
    }

    private struct RunningStatus {
        var status: UInt8 = 0
        /// A meta or system exclusive event ends it (RP-001, "MTrk"), but not every program that writes files knows.
        var isInterrupted = false
    }

    private mutating func channelEvent(
        _ byte: UInt8, _ running: inout RunningStatus, at tick: Int
    ) throws(MIDIFileError) -> MIDIFileEvent {
        if byte >= 0x80 {
            running = RunningStatus(status: byte)
        } else if running.status == 0 {
            throw MIDIFileError(.noRunningStatus(byte), at: offset - 1)
        } else if running.isInterrupted {
            warn(.runningStatus, at: offset - 1)
            running.isInterrupted = false
        }
        let first = byte < 0x80 ? byte : try dataByte()
        let second = MIDIFileEvent.dataBytes(status: running.status) == 2 ? try dataByte() : 0
        return MIDIFileEvent(tick: tick, status: running.status, data1: first, data2: second)
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
            track.name = text(bytes[body..<offset])
        case 0x2F:
            track.end = tick
            return true
        case 0x51:
            // A longer one is a later version's: "they must ignore everything past what they know" (RP-001, "Meta-Events").
            guard length >= 3 else { throw MIDIFileError(.tempo(length: length), at: start) }
            let tempo = Int(bytes[body]) << 16 | Int(bytes[body + 1]) << 8 | Int(bytes[body + 2])
            track.tempoChanges.append(TempoChange(tick: tick, microsecondsPerQuarter: tempo))
        case 0x01 where length == 0:
            break  // An empty text says nothing; the writer bridges long pauses with them.
        default:
            track.others.append(bytes[start - 1..<offset], at: tick)
        }
        return false
    }

    /// Before files said so, texts were in the system's encoding: what is not UTF-8 is read as Latin-1.
    private func text(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> String {
        String(validating: bytes, as: UTF8.self)
            ?? String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }

    private mutating func dataByte() throws(MIDIFileError) -> UInt8 {
        let byte = try next("the end of an event")
        if byte >= 0x80 { warn(.dataByte(byte), at: offset - 1) }
        return min(byte, 0x7F)
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
