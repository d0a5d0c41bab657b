/// Why bytes are not a MIDI file, and where.
public struct MIDIFileError: Error, Equatable, Sendable {
    public enum Problem: Equatable, Sendable {
        case notMIDI
        case empty
        /// By this program.
        case compressed(String)
        /// What macOS keeps beside a file on other systems' disks.
        case appleDouble
        /// Of this type, or RMID without a MIDI file in it.
        case riff(String)
        case endOfFile(wanted: String)
        case header(length: Int)
        case format(Int)
        case division(Int)
        case missingTracks(declared: Int, found: Int)
        case chunkTooLong(length: Int, left: Int)
        case endOfTrack(wanted: String)
        case variableLengthQuantity
        case noRunningStatus(UInt8)
        case status(UInt8)
        case tempo(length: Int)
        case tooLong
    }

    public var problem: Problem
    /// Of the first byte that does not fit.
    public var offset: Int
    /// Where the bytes came from, if from a file.
    public var path: String?

    init(_ problem: Problem, at offset: Int) {
        self.problem = problem
        self.offset = offset
    }
}

extension MIDIFileError: CustomStringConvertible {
    public var description: String {
        "\(path ?? "MIDI file"): byte \(offset): \(explanation)"
    }

    private var explanation: String {
        switch problem {
        case .notMIDI:
            "a Standard MIDI File starts with 'MThd', this does not; convert it to .mid first"
        case .empty:
            "the file is empty; copy or save it again"
        case .compressed(let program):
            "the file is compressed (\(program)); unpack it first"
        case .appleDouble:
            "this holds no music, only what macOS notes of the file of the same name without '._'; name that file"
        case .riff("RMID"):
            "a RIFF file of type RMID, but without a MIDI file ('MThd') in it; copy it again"
        case .riff(let type):
            "a RIFF file of type '\(MIDIFileError.plain(type))', such as a sound; of these only RMID holds a MIDI file"
        case .endOfFile(let wanted):
            "the file ends before \(wanted); it is cut off, copy it again"
        case .header(let length):
            "the header says it has \(counted(length, "byte")), at least 6 are needed"
        case .format(let format):
            "format \(format) is unknown (0, 1 and 2 are); save the file as format 0 or 1"
        case .division(let division):
            "time division \(hexadecimal(division)) is neither ticks per quarter note nor 24, 25, 29 or 30 frames per second"
        case .missingTracks(let declared, let found):
            "the header declares \(counted(declared, "track")), the file ends after \(found); it is cut off, copy it again"
        case .chunkTooLong(let length, let left):
            "a chunk says it has \(counted(length, "byte")), the file has \(left) left, and no end of the track in them; "
                + "it is cut off, copy it again"
        case .endOfTrack(let wanted):
            "the track's bytes end before \(wanted); save the file again from the program that made it"
        case .variableLengthQuantity:
            "a length or delta time is longer than four bytes"
        case .noRunningStatus(let byte):
            "data byte \(hexadecimal(Int(byte))) stands where a status byte must: nothing before it sets a running status"
        case .status(let byte):
            "status \(hexadecimal(Int(byte))) may not stand in a file"
        case .tempo(let length):
            "a tempo event has at least 3 bytes, this has \(length)"
        case .tooLong:
            "time runs beyond \(MIDIFile.longestDuration / 86_400_000_000_000) days; a delta time is damaged"
        }
    }

    /// For a terminal.
    private static func plain(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { " "..."~" ~= $0 ? $0 : "?" }))
    }
}
