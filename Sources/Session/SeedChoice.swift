// Not real-time: a seed out of a collection of music.

import Network
import Score

/// A stretch of a piece that is worth going on from.
public struct SeedChoice: Sendable {
    public let path: String
    /// Seconds into the piece at which it begins.
    public let start: Double
    /// Its notes, from time 0.
    public let events: [PlayedEvent]
    public let worth: SeedWorth

    /// Files that are looked at, and stretches of each.
    private static let files = 24
    private static let stretches = 3

    /// Chooses a stretch of 64 notes: of those without a doubt, one whose surprise lies between the quantiles of 20 and 80 %,
    /// neither said before nor out of nothing. The end of a piece is left out.
    /// - Parameters:
    ///   - paths: of files; those that `read` returns nil for are passed over.
    ///   - number: another one, another choice.
    /// - Returns: nil if there is no good one.
    public static func best(
        of paths: [String], number: Int, _ network: Network, read: (String) -> [PlayedEvent]?
    ) -> SeedChoice? {
        // At even distances, the first of them by the number.
        let step = max(1, paths.count / files)
        let heard = (0..<min(files, paths.count)).map { paths[($0 * step + number) % paths.count] }
        let good = heard.flatMap { path in
            stretches(of: read(path) ?? []).compactMap { notes in
                let worth = SeedWorth(events(notes), network)
                return worth.doubt == nil
                    ? SeedChoice(
                        path: path, start: Double(notes[notes.startIndex].onset) / 1e9, events: events(notes),
                        worth: worth) : nil
            }
        }.sorted { $0.worth.natsPerNote < $1.worth.natsPerNote }
        guard !good.isEmpty else { return nil }
        let middle = good[good.count / 5...max(good.count / 5, good.count * 4 / 5 - 1)]
        return middle[middle.startIndex + number % middle.count]
    }

    /// At even distances, and none of the last 64 notes.
    private static func stretches(of events: [PlayedEvent]) -> [ArraySlice<Note>] {
        let all = notes(from: events, foldingPedal: true)
        let length = SeedWorth.window
        let room = all.count - 2 * length
        guard room >= 0 else { return [] }
        return (0..<stretches).map { index in
            let first = room * index / stretches
            return all[first..<first + length]
        }
    }

    private static func events(_ notes: ArraySlice<Note>) -> [PlayedEvent] {
        let origin = notes.first?.onset ?? 0
        return notes.flatMap { note in
            [
                PlayedEvent(
                    time: note.onset - origin, kind: .noteOn, channel: 0, key: note.key, value: note.velocity),
                PlayedEvent(time: note.end - origin, kind: .noteOff, channel: 0, key: note.key, value: 0),
            ]
        }.sorted(by: PlayedEvent.inPlayingOrder)
    }
}
