/// A tape on its way into the folder of sessions.

import Files
import Glibc
import Performer

/// Nothing is written before somebody has played. A session ends with its performer, or when recording is turned off; then its
/// MIDI file is made.
public struct SessionOutlet: TapeOutlet {
    /// What a session is made with.
    public struct Source: Sendable {
        /// For a tape that begins now.
        let header: @Sendable () -> TapeHeader
        /// The preset that plays.
        let preset: @Sendable () -> String

        public init(header: @escaping @Sendable () -> TapeHeader, preset: @escaping @Sendable () -> String) {
            (self.header, self.preset) = (header, preset)
        }
    }

    private let keeper: SessionKeeper
    private let source: Source
    private let report: @Sendable (FileError) -> Void
    /// Nil while nothing is recorded.
    private var recording: Recording?
    /// After a failure nothing is tried again until the next performer: the disk is full.
    private var hasFailed = false
    private var rounds = 0

    private struct Recording {
        var header: TapeHeader
        var encoder = TapeEncoder()
        /// The preset that was last told.
        var preset: String
        /// Whether a cycle has begun, which items belong to.
        var hasBegun = false
        var hasPlayed = false
        /// Whether something is missing after what there is.
        var isOver = false
        var name: String?
        var writer: TapeWriter?
    }

    /// Bytes that may wait in memory for somebody to play; then they wait in the file.
    private static let patience = 4 << 20

    /// - Parameters:
    ///   - source: asked on the recorder's thread.
    ///   - report: told if the session ends early because it cannot be written.
    public init(_ keeper: SessionKeeper, _ source: Source, report: @escaping @Sendable (FileError) -> Void) {
        (self.keeper, self.source, self.report) = (keeper, source, report)
        if keeper.isRecording { recording = Recording(header: source.header(), preset: source.preset()) }
    }

    package mutating func take(_ item: TapeItem) {
        guard recording != nil else { return }
        // Between two rests it may be turned off, and on again.
        guard keeper.isRecording else {
            recording!.isOver = true
            return
        }
        if case .cycle = item { recording!.hasBegun = true }
        guard recording!.hasBegun && !recording!.isOver else { return }
        if case .input(let message) = item, message.status & 0xF0 == 0x90, message.data2 > 0 {
            recording!.hasPlayed = true
        }
        recording!.encoder.append(item)
    }

    package mutating func rest() {
        rounds += 1
        if rounds % 100 == 1 { keepLimits() }
        if recording?.isOver == true || !keeper.isRecording { finish() }
        guard keeper.isRecording else { return }
        guard !hasFailed else { return }
        guard recording != nil else {
            // In the middle: what the machine has heard is not known.
            recording = Recording(header: source.header(), preset: source.preset())
            recording!.header.isWhole = false
            return
        }
        let preset = source.preset()
        if recording!.hasBegun, preset != recording!.preset {
            recording!.preset = preset
            recording!.encoder.append(remark: SessionMusic.presetRemark + preset)
        }
        // Cycles in which nothing happens are counted, and written now and then.
        let waiting = recording!.encoder.bytes.count
        let mayWait = rounds % 4 != 0 || (waiting == 0 && rounds % 600 != 0)
        guard recording!.hasPlayed ? !mayWait : recording!.writer != nil || waiting > Self.patience else { return }
        write()
    }

    package mutating func end() {
        finish()
        keeper.folder.keep(within: keeper.limits, now: time(nil))
    }

    // MARK: The file

    private mutating func write() {
        do throws(FileError) {
            if recording!.writer == nil {
                let name = try keeper.folder.make(at: time(nil))
                recording!.name = name
                recording!.writer = try TapeWriter(keeper.folder.tape(name))
                keeper.session = name
                try recording!.writer!.append(recording!.header.bytes)
            }
            try recording!.writer!.append(recording!.encoder.take())
        } catch {
            hasFailed = true
            report(error)
            finish()
        }
    }

    private mutating func finish() {
        guard recording != nil else { return }
        if recording!.hasPlayed && !hasFailed { write() }
        // A failure in `write` has ended it.
        guard let ended = recording else { return }
        recording = nil
        keeper.session = nil
        guard let name = ended.name else { return }
        ended.writer?.close()
        if ended.hasPlayed {
            try? keeper.folder.midiFile(name)
        } else {
            try? keeper.folder.remove(name)
        }
    }

    private mutating func keepLimits() {
        let folder = keeper.folder
        if rounds == 1 { folder.complete() }
        folder.keep(within: keeper.limits, now: time(nil))
        guard let count = recording?.writer?.count, count > min(keeper.limits.bytes, Tape.largestFile) else { return }
        hasFailed = true
        report(
            FileError(
                path: recording!.writer!.path, operation: "go on with",
                reason: "it is as large as all sessions together may be; see --record-limit-mb"))
        finish()
    }
}
