/// What a MIDI file says that cannot be so, and how it was read nevertheless.
public struct MIDIFileWarning: Equatable, Sendable {
    public enum Problem: Equatable, Sendable {
        case headerLength(Int)
        case tracks(declared: Int, found: Int)
        case trackLength(Int, found: Int)
        /// Bytes that are no chunk, before a track.
        case gap(length: Int)
        /// A track beyond those declared that cannot be read.
        case leftOut
        case runningStatus
        case dataByte(UInt8)
    }

    public var problem: Problem
    /// Byte of the first such place.
    public var offset: Int
    /// How many there are of this kind.
    public var count = 1
    /// Where the bytes came from, if from a file.
    public var path: String?

    init(_ problem: Problem, at offset: Int) {
        self.problem = problem
        self.offset = offset
    }

    /// Whether both are of one kind, whatever their figures.
    func isLike(_ other: MIDIFileWarning) -> Bool {
        switch (problem, other.problem) {
        case (.headerLength, .headerLength), (.tracks, .tracks), (.trackLength, .trackLength), (.gap, .gap),
            (.leftOut, .leftOut), (.runningStatus, .runningStatus), (.dataByte, .dataByte):
            true
        default: false
        }
    }
}

extension MIDIFileWarning: CustomStringConvertible {
    public var description: String {
        "\(path ?? "MIDI file"): byte \(offset): \(explanation)\(count > 1 ? " (and \(count - 1) more)" : "")"
    }

    private var explanation: String {
        switch problem {
        case .headerLength(let length):
            "the header says it has \(length) bytes, the first track stands behind 6; read from there"
        case .tracks(let declared, let found):
            "the header declares \(counted(declared, "track")), \(found) \(found == 1 ? "is" : "are") there, and read"
        case .trackLength(let length, let found):
            "the track says it has \(counted(length, "byte")), its events have \(found); read these"
        case .gap(let length):
            "\(counted(length, "byte")) before a track belong to no chunk; passed over"
        case .leftOut:
            "a track beyond those that the header declares is damaged; left out"
        case .runningStatus:
            "running status goes on behind a meta or system exclusive event, which ends it; read as if it did not"
        case .dataByte(let byte):
            "\(hexadecimal(Int(byte))) stands where a data byte (below 0x80) must; read as 0x7F"
        }
    }
}

/// Two digits at least.
func hexadecimal(_ value: Int) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return "0x" + String(repeating: "0", count: digits.count % 2) + digits
}
