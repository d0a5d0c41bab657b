/// The purpose of this room: what a finished training is worth, for people to see. Loss curves, and the model's
/// continuations beside what the composers wrote, as pictures and figures.
///
/// A room of its own, since it needs both sides: music and log from `Training`, which knows no instrument, and the
/// instrument from `Session`, which knows no training. A target, not a part of `continuo`, so that it can be tested.

import Files
import FoundationEssentials
import Glibc
import Kernels
import Network
import Performer
import Score
import Session
import Training

public struct Report {
    /// A phrase and two ways on: the model's and the composer's.
    public struct Continuation: Sendable {
        public let name: String
        /// Number of the piece among those continued: replies to the same beginning share it.
        public let piece: Int
        public let seed: [PlayedEvent]
        /// Later than the seed; times from its start.
        public let machine: [PlayedEvent]
        public let composer: [PlayedEvent]
        /// Nats a note that following the player adds to the composer's.
        public let cost: Double
        /// How each of them ends.
        public let endings: (machine: EndingFigures, composer: EndingFigures)
    }

    public let continuations: [Continuation]
    /// Whether the pieces were kept from training.
    let areUnseen: Bool
    let comparison: Comparison
    /// Longest runs found in the training set.
    let copied: (machine: CopiedRun, composer: CopiedRun)

    /// Plays to the model the beginnings of some pieces and has it continue them. Takes some seconds.
    /// - Parameters:
    ///   - count: pieces at most, at even distances.
    ///   - seconds: length of seed and of continuation.
    public init(_ outcome: Training.Outcome, count: Int = 4, seconds: Float = 20) throws {
        areUnseen = !outcome.held.pieces.isEmpty
        let pieces = areUnseen ? outcome.held.pieces : outcome.training.pieces
        let kernels = try KernelTable.best()
        let network = Network(
            try Model.load(outcome.model).weights, kernels: kernels, precision: try WeightPrecision.chosen())
        continuations = try Self.continuations(of: pieces.map(\.name), count: count, seconds: seconds) {
            (try Mind(network, kernels: kernels), ParameterValues())
        }
        comparison = Comparison(continuations)
        let played = CopyFinder(continuations.map { outcome.keys($0.machine) })
        let written = CopyFinder(continuations.map { outcome.keys($0.composer) })
        var copied = (machine: CopiedRun(), composer: CopiedRun())
        for (i, piece) in outcome.training.pieces.enumerated() {
            let keys = outcome.trainingKeys(i)
            copied.machine.take(played.longestRun(in: keys), piece.name)
            copied.composer.take(written.longestRun(in: keys), piece.name)
        }
        self.copied = copied
    }

    /// The beginnings of some MIDI files, each continued by an instrument of its own and by its composer. Files that are
    /// too short to be cut, or cannot be read, are left out.
    /// - Parameters:
    ///   - count: pieces at most, at even distances.
    ///   - seconds: length of seed and of continuation.
    ///   - replies: to each beginning, with dice of their own.
    ///   - instrument: a mind that nobody has played to, and its parameters.
    ///   - unread: told of each file that cannot be read, and why.
    /// - Throws: what `instrument` throws.
    public static func continuations(
        of paths: [String], count: Int, seconds: Float, replies: Int = 1, unread: (any Error) -> Void = { _ in },
        by instrument: () throws -> (Mind, ParameterValues)
    ) throws -> [Continuation] {
        try spread(paths, count).enumerated().flatMap { piece, path -> [Continuation] in
            let events: [PlayedEvent]
            do { events = try MIDIFile(path: path).playedEvents() } catch {
                unread(error)
                return []
            }
            guard let (seed, rest) = cut(events, seconds) else { return [] }
            let short = (path.split(separator: "/").last.map(String.init) ?? path).pathText
            let (listener, values) = try instrument()
            let cost = cost(of: rest, after: seed, listener, values)
            return try (0..<replies).map { reply in
                var (mind, values) = try instrument()
                values[.forget] = 3600
                values[.seed] += Float(reply)
                let length = min(seconds, max(0.5, Float(length(rest)) / 1e9))
                let played = try Generation(
                    continuing: seed, with: mind, values, seconds: length, ends: true)
                let heard = played.seed.events + played.seed.endings
                let written = try gaps(of: rest, after: heard, by: instrument)
                let machine = try gaps(of: played.machine, after: heard, by: instrument)
                let whole = written.call + written.reply
                return Continuation(
                    name: short, piece: piece, seed: seed, machine: played.machine, composer: rest, cost: cost,
                    endings: (
                        EndingFigures(piece: whole, reply: machine.reply),
                        EndingFigures(piece: whole, reply: written.reply)
                    ))
            }
        }
    }

    private static func gaps(
        of rest: [PlayedEvent], after seed: [PlayedEvent], by instrument: () throws -> (Mind, ParameterValues)
    ) throws -> GapTrial {
        let (mind, values) = try instrument()
        var trial = GapTrial(mind, values)
        for event in seed { trial.hear(trial.representation.heard(event)) }
        for event in rest { trial.answer(trial.representation.heard(event)) }
        return trial
    }

    private static func cost(
        of rest: [PlayedEvent], after seed: [PlayedEvent], _ mind: Mind, _ values: ParameterValues
    ) -> Double {
        var trial = FollowingTrial(mind, values)
        for event in seed { trial.hear(trial.representation.heard(event)) }
        for event in rest { trial.score(trial.representation.heard(event)) }
        return trial.notes == 0 ? 0 : (trial.nats.biased - trial.nats.plain) / Double(trial.notes)
    }

    /// The beginning of a piece, and as much again; nil if it is too short to be cut.
    package static func cut(_ events: [PlayedEvent], _ seconds: Float) -> (seed: [PlayedEvent], rest: [PlayedEvent])? {
        guard let start = events.first(where: { $0.kind == .noteOn })?.time, let end = events.last?.time else {
            return nil
        }
        let length = min(Int64(seconds * 1e9), (end - start) / 2)
        guard length >= 2_000_000_000 else { return nil }
        // A pedal may have gone down before the first note.
        let moved =
            down(of: events.prefix { $0.time < start }, at: 0)
            + events.filter { $0.time >= start }.map { event in
                var event = event
                event.time -= start
                return event
            }
        let seed = moved.filter { $0.time < length }
        guard seed.contains(where: { $0.kind == .noteOn }) else { return nil }
        return (seed, begunAnew(moved.filter { $0.time >= length && $0.time < 2 * length }, after: seed))
    }

    /// Without the ends of notes that the seed began, but with its pedals.
    private static func begunAnew(_ events: [PlayedEvent], after seed: [PlayedEvent]) -> [PlayedEvent] {
        var held: Set<Int> = []
        return down(of: seed, at: events.first?.time ?? 0)
            + events.filter { event in
                let note = Int(event.channel) * 128 + Int(event.key)
                switch event.kind {
                case .noteOn: held.insert(note)
                case .noteOff: return held.remove(note) != nil
                case .sustain: break
                }
                return true
            }
    }

    /// The pedals that are down after `events`, as if they went down at `time`.
    private static func down(of events: some Sequence<PlayedEvent>, at time: Int64) -> [PlayedEvent] {
        var pedals: [UInt8: PlayedEvent] = [:]
        for event in events where event.kind == .sustain { pedals[event.channel] = event }
        return pedals.values.filter { $0.value >= 64 }.sorted { $0.channel < $1.channel }.map { pedal in
            var pedal = pedal
            pedal.time = time
            return pedal
        }
    }

    private static func length(_ events: [PlayedEvent]) -> Int64 {
        (events.last?.time ?? 0) - (events.first?.time ?? 0)
    }
}
