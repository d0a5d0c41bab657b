/// What the daemon does when ports come to its own or go from them.

import Instrument
import JACKPorts
import Logging
import Performer
import Ports

/// The synths that are connected.
struct Destinations {
    /// Whether an earlier run, or the server under it, came to its end while something sounded.
    private let haveLeavings: Bool
    private var present: Set<String> = []
    private var wasToldOf = false

    init(haveLeavings: Bool) { self.haveLeavings = haveLeavings }

    /// Whatever is connected anew gets the ends of what may still sound there: a port that is seen for the first time, and one
    /// that was cut off and is back.
    mutating func watch(_ performer: Performer, _ now: Set<String>, _ changes: PortChanges, _ logger: Logger) {
        defer { present = now }
        guard !now.isEmpty, changes.hasNewDestination || !now.isSubset(of: present) else { return }
        if haveLeavings && !wasToldOf {
            logger.notice("ending the notes that an earlier run left sounding")
            wasToldOf = true
        }
        try? performer.releaseLeft()
    }
}

/// The keyboards that are connected.
struct Sources {
    private var present: Set<String> = []

    /// When the only one has gone, its keys and pedals come up. Of several nobody knows whose are down; see `Performer.doubt`.
    mutating func watch(_ performer: Performer, _ now: Set<String>, _ changes: PortChanges) {
        defer { present = now }
        let rest = present.intersection(now).subtracting(changes.ports)
        guard rest != present else { return }
        if rest.isEmpty { try? performer.letGo() } else { try? performer.doubt() }
    }
}

/// What the instrument is told of its connections, for the state that it keeps.
struct ConnectionWatch {
    private var sources: Set<String> = []
    private var destinations: Set<String> = []
    /// Rounds until a change is taken for final: a port that goes is listed for a moment after its connections have gone, and
    /// nobody has cut them.
    private var rest = 0

    mutating func watch(
        _ instrument: Instrument, _ port: any LivePort, _ now: (sources: Set<String>, destinations: Set<String>),
        _ changes: PortChanges
    ) {
        if changes.isNews || now.sources != sources || now.destinations != destinations {
            (sources, destinations) = now
            rest = 5
        }
        guard rest > 0 else { return }
        rest -= 1
        if rest == 0 { tell(instrument, port.otherPorts()) }
    }

    private func tell(_ instrument: Instrument, _ others: [MIDIPort]) {
        // ALSA's connections are numbers, which are others' after the next start.
        func names(_ direction: MIDIPort.Direction, _ connected: Set<String>) -> Set<String> {
            let ports = others.filter { port in
                port.direction == direction
                    && (connected.contains(port.name) || !connected.isDisjoint(with: port.aliases))
            }
            return Set(ports.map(\.name))
        }
        instrument.remember(
            sources: names(.source, sources), destinations: names(.destination, destinations),
            present: Set(others.map(\.name)))
    }
}

/// What is said of messages that come back.
struct EchoNote {
    private var isSaid = false

    mutating func tell(_ performer: Performer, _ logger: Logger) {
        // A controller that repeats itself counts too.
        guard !isSaid, performer.stageCounters.echoes.value >= 8 else { return }
        isSaid = true
        logger.warning(
            "what midi_out sends comes back to midi_in, and is dropped; `continuo doctor` names the connections on the way"
        )
    }
}

/// What is said of --connect-in and --connect-out: which of them wait, and what may have been meant.
struct WishNotes {
    private struct Note {
        let option: String
        let direction: MIDIPort.Direction
        let pattern: PortPattern
        var said: String?
    }

    private var notes: [Note] = []
    private var loops: Set<String> = []

    /// - Throws: `PortError.badPattern`.
    init(in sources: [String], out destinations: [String]) throws(PortError) {
        for text in sources {
            notes.append(Note(option: "--connect-in", direction: .source, pattern: try PortPattern(text)))
        }
        for text in destinations {
            notes.append(Note(option: "--connect-out", direction: .destination, pattern: try PortPattern(text)))
        }
    }

    /// Says what is new since the last time.
    mutating func tell(_ port: any LivePort, _ changes: PortChanges, _ logger: Logger) {
        guard changes.isNews else { return }
        let others = port.otherPorts()
        for index in notes.indices {
            let text = Self.text(of: notes[index], among: others)
            // A port that goes and comes is no news; another that is near is.
            if let text, text != notes[index].said {
                logger.notice("\(text)")
                notes[index].said = text
            }
        }
        for name in changes.loops.subtracting(loops).sorted() {
            logger.warning(
                "\(name) is not connected: a Through port is at the other end already, and what is played would come back for ever"
            )
            loops.insert(name)
        }
    }

    /// Nil if a port fits.
    private static func text(of note: Note, among others: [MIDIPort]) -> String? {
        let ports = others.filter { $0.direction == note.direction }
        guard !ports.contains(where: note.pattern.fits) else { return nil }
        let text = note.pattern.text
        let what =
            note.pattern.isExactOnly ? "no \(note.direction.rawValue) is named" : "no \(note.direction.rawValue) fits"
        let waiting = "\(note.option): \(what) '\(text)' so far, so it waits for one"
        guard let near = NearMiss(note.pattern, among: ports) else {
            return waiting + "; `continuo ports` lists those there are"
        }
        let more = near.ports.count > 3 ? " and \(near.ports.count - 3) more" : ""
        return waiting + "; '\(near.pattern)' would fit \(near.ports.prefix(3).joined(separator: ", "))\(more)"
    }
}

/// What patchbays show for the ports of a JACK client.
struct PrettyNames {
    /// One in 50 ms.
    private var rounds = 0

    /// Tries for ten seconds, since PipeWire's session manager, which keeps them, starts after PipeWire.
    mutating func give(to port: any LivePort, _ logger: Logger) {
        guard rounds <= 200, let port = port as? JACKPort else { return }
        if rounds == 200 {
            logger.debug("this JACK server keeps no metadata, so patchbays show the ports without pretty names")
        } else if rounds % 20 == 0, port.describePorts() {
            rounds = 200
        }
        rounds += 1
    }
}
