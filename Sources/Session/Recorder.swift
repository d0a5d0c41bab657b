/// What was heard in a session, as music.

import Performer
import Representation
import Score

/// Collects the journal of a performer, which nothing else reads.
/// - Thread: control, always the same one
public struct Recorder {
    /// The player's and the machine's events, in the order in which they sounded; times from frame 0.
    public private(set) var human: [PlayedEvent] = []
    public private(set) var machine: [PlayedEvent] = []
    /// The events heard since the listener's memory was last blank, with their numbers.
    public private(set) var heard: [JournalEntry] = []
    /// The tokens the listener stepped since then.
    public private(set) var tokens: [Token] = []
    /// Notes of the machine that the stage did not play.
    public private(set) var dropped: [JournalEntry] = []
    /// When the memory was last made blank after notes of the player, in nanoseconds.
    public private(set) var forgotAt: Int64?
    /// How many ticks the listener's time is behind, since they were undone.
    public private(set) var undoneTicks: Int64 = 0
    /// How much had been heard and stepped at the last take-over.
    private var kept = (heard: 0, tokens: 0)
    private let sampleRate: Int64

    public init(sampleRate: Int) { self.sampleRate = Int64(sampleRate) }

    /// Takes what the journal holds.
    public mutating func collect(from performer: Performer) {
        while let entry = performer.nextJournalEntry() {
            switch entry.kind {
            case .event:
                heard.append(entry)
                record(entry)
            case .token: tokens.append(entry.token)
            case .dropped: dropped.append(entry)
            case .caughtUp, .mended: heard.append(entry)
            case .kept: kept = (heard.count, tokens.count)
            case .undone:
                heard.removeSubrange(min(kept.heard, heard.count)...)
                tokens.removeSubrange(min(kept.tokens, tokens.count)...)
                undoneTicks = entry.event.tick
            case .blank, .adopted:
                if entry.kind == .blank, human.contains(where: { $0.kind == .noteOn }) {
                    forgotAt = nanoseconds(entry.frame)
                }
                heard.removeAll()
                tokens.removeAll()
                if entry.kind == .adopted { undoneTicks = 0 }
            }
        }
    }

    private mutating func record(_ entry: JournalEntry) {
        let kind: PlayedEvent.Kind
        var value = entry.event.velocity
        switch entry.event.kind {
        case .noteOn: kind = .noteOn
        case .noteOff: kind = .noteOff
        case .pedalDown: (kind, value) = (.sustain, 127)
        case .pedalUp: (kind, value) = (.sustain, 0)
        }
        let event = PlayedEvent(
            time: nanoseconds(entry.frame), kind: kind, channel: entry.event.channel, key: entry.event.key, value: value
        )
        if entry.event.player == .human { human.append(event) } else { machine.append(event) }
    }

    private func nanoseconds(_ frame: Int64) -> Int64 {
        let (seconds, rest) = frame.quotientAndRemainder(dividingBy: sampleRate)
        return seconds * 1_000_000_000 + rest * 1_000_000_000 / sampleRate
    }
}
