import Files

extension MIDIFile {
    /// What the names of MIDI files end with, in capitals or not.
    public static let suffixes = [".mid", ".midi", ".kar", ".rmi", ".smf"]
    /// A pause or piece beyond 104 days is damage; nanoseconds below this are exact in a Double too.
    static let longestDuration: Int64 = 1 << 53
    /// Keeps ticks × tempo (below 2^24) below 2^62.
    static let lastTick = 1 << 38
    /// As many as a header can declare.
    static let mostTracks = 65_535

    /// Reads a whole file, a RIFF file of type RMID, or a MacBinary. Unknown chunks are skipped. Where a header lies, or
    /// events break a rule that other programs are lax about, what is there is read.
    /// - Parameter warn: told of each kind of such faults once.
    public init(bytes: [UInt8], warn: (MIDIFileWarning) -> Void = { _ in }) throws(MIDIFileError) {
        let (file, warnings) = try bytes.withUnsafeBufferPointer { (buffer) throws(MIDIFileError) in
            var reader = MIDIFileReader(buffer)
            return (try reader.file(), reader.warnings)
        }
        self = file
        for warning in warnings { warn(warning) }
    }

    /// - Throws: `FileError` if the file cannot be read, `MIDIFileError` if it is not a MIDI file.
    public init(path: String, warn: (MIDIFileWarning) -> Void = { _ in }) throws {
        do {
            try self.init(bytes: readFile(path, limit: 1 << 26)) { warning in
                var warning = warning
                warning.path = path
                warn(warning)
            }
        } catch var error as MIDIFileError {
            error.path = path
            throw error
        }
    }
}
