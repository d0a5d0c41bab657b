/// From one JACK server to the next, or on ALSA's sequencer: opens the port, plays until it or the daemon ends, leaves
/// silence.

import Files
import Glibc
import Instrument
import Logging
import Performer
import Ports
import Presets
import Realtime
import Session
import Synchronization

struct Daemon {
    let instrument: Instrument
    let options: DaemonOptions
    let logger: Logger

    let service = ServiceNotification()

    /// Set by SIGTERM and SIGINT; a signal handler may do nothing else.
    static let isLeaving = Atomic(false)
    /// Set by SIGHUP.
    private static let isHungUp = Atomic(false)
    private static let hadTerminal = hasTerminal
    /// Of the main loop, one in 50 ms, or in 100 while it waits.
    private static let rounds = Atomic(0)

    static func catchSignals() {
        _ = hadTerminal
        for number in [SIGTERM, SIGINT] {
            signal(number) { _ in Daemon.isLeaving.store(true, ordering: .relaxed) }
        }
        // nohup(1) has it ignored, and means it.
        let old = signal(SIGHUP) { _ in Daemon.isHungUp.store(true, ordering: .relaxed) }
        if unsafeBitCast(old, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) { signal(SIGHUP, SIG_IGN) }
        // Who reads the log may leave before the daemon does.
        signal(SIGPIPE, SIG_IGN)
    }

    var isLeaving: Bool { Self.isLeaving.load(ordering: .relaxed) }

    /// Until it is told to leave.
    /// - Parameter whenServing: called once it plays or waits for a port, and perhaps again; not when it cannot start.
    func run(whenServing: () -> Void) throws {
        // Not only once a server answers, which may be hours later.
        _ = try WishNotes(in: options.connectIn, out: options.connectOut)
        var search = PortSearch(options)
        var list: NoteList?
        while !isLeaving {
            guard let port = try wait(for: &search, whenWaiting: whenServing) else { return }
            let kept = list ?? openList(port.name)
            list = kept
            try play(on: port, kept, &search, whenPlaying: whenServing)
        }
    }

    /// Where it lists what sounds. By the name asked for: after kill -9 the server may still think that this is taken. Two
    /// that asked for the same one go by the names that they were given.
    private func openList(_ givenName: String) -> NoteList {
        var complaint: NotesFileError?
        for name in [options.name, givenName] {
            for folder in NotesFile.folders {
                do throws(NotesFileError) { return try NotesFile.list(named: name, in: folder) } catch {
                    complaint = complaint ?? error
                    if case .inUse = error { break }
                }
            }
        }
        if let complaint { logger.warning("what sounds when this program is killed will hang: \(complaint)") }
        return NoteList()
    }

    /// What the service manager asks for and wants to hear of, several times a second.
    /// - Parameter progress: what changes as long as the port's thread works; nil while there is no port.
    private func attend(progress: Int64?) {
        service.live(progress: progress)
        if Self.rounds.add(1, ordering: .relaxed).newValue.isMultiple(of: 20) {
            do throws(ControlError) { try instrument.reloadIfChanged(under: options.set) } catch {
                logger.error("its files have changed, but \(error)")
            }
        }
        guard Self.isHungUp.exchange(false, ordering: .relaxed) else { return }
        // To a program on a terminal SIGHUP says that this has gone; to a daemon: read your configuration again.
        guard !Self.hadTerminal || Self.hasTerminal else { return Self.isLeaving.store(true, ordering: .relaxed) }
        service.reloading()
        do throws(ControlError) { try instrument.reloadPreset(under: options.set) } catch { logger.error("\(error)") }
        service.ready()
    }

    private static var hasTerminal: Bool {
        let terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)
        if terminal >= 0 { close(terminal) }
        return terminal >= 0
    }

    private func wait(
        for search: inout PortSearch, whenWaiting: () -> Void
    ) throws(PortError) -> (any LivePort)? {
        var told = false
        while !isLeaving {
            if let port = try search.open() {
                if let news = search.news { logger.notice("\(news)") }
                return port
            }
            // Ready though it waits: it obeys OSC already, and a boot must not wait for a server that may never come.
            if !told {
                logger.notice("waiting: \(search.absence)")
                service.ready("waiting: \(search.absence)")
                whenWaiting()
            }
            told = true
            for _ in 0..<10 where !isLeaving {
                attend(progress: nil)
                usleep(100_000)
            }
        }
        return nil
    }

    private func play(
        on port: any LivePort, _ list: NoteList, _ search: inout PortSearch, whenPlaying: () -> Void
    ) throws {
        let rate = port.sampleRate
        var destinations = Destinations(haveLeavings: !list.isEmpty)
        var sources = Sources()
        var notes = try WishNotes(in: options.connectIn, out: options.connectOut)
        var connections = ConnectionWatch()
        var echoNote = EchoNote()
        var prettyNames = PrettyNames()
        let performer = try instrument.perform(
            sampleRate: rate, list: list, isTaped: options.tape != nil || instrument.sessions != nil
        ) {
            [
                Figure("port", .text(port.system.rawValue)), Figure("sample-rate", .whole(port.sampleRate)),
                Figure("buffer", .whole(port.bufferSize)), Figure("xruns", .whole(port.xruns)),
            ]
        }
        for pattern in options.connectIn { try port.wishSource(pattern) }
        for pattern in options.connectOut { try port.wishDestination(pattern) }
        if options.restore { reconnect(port) }
        // What was allocated since the first time; only without a limit is it locked by itself.
        _ = lockMemory()
        let recorder = tape(performer)
        defer { recorder?.stop() }
        // One below the port's own thread, so that the stage is never kept waiting.
        let priority = port.realtimePriority.map { max($0 - 1, 1) }
        let thread = RealtimeThread(name: "improviser", priority: priority) { performer.improvise() }
        tellOnce(thread.right, port.system, isRealtime: priority != nil)
        defer {
            performer.stopImprovising()
            thread.join()
        }
        do throws(PortError) { try port.activate(performer.stage) } catch {
            guard search.isGone(port.system) else { throw error }
            instrument.rest()
            return port.close()
        }
        logger.notice(
            "ready: \(port.name) on \(port.system) at \(rate) Hz, \(port.bufferSize) frames a cycle, preset \(instrument.presetName)"
        )
        if port.name != options.name {
            logger.warning("the name '\(options.name)' is taken; with --exact-name this would be an error")
        }
        service.ready("playing: \(port.name) on \(port.system) at \(rate) Hz")
        whenPlaying()
        while !isLeaving && !port.hasEnded && port.sampleRate == rate && !search.findsBetter(than: port) {
            let changes = port.connectWishes()
            let connected = (sources: port.sources(), destinations: port.destinations())
            destinations.watch(performer, connected.destinations, changes, logger)
            sources.watch(performer, connected.sources, changes)
            connections.watch(instrument, port, connected, changes)
            notes.tell(port, changes, logger)
            echoNote.tell(performer, logger)
            prettyNames.give(to: port, logger)
            instrument.listen()
            attend(progress: performer.now)
            usleep(50_000)
        }
        if !port.hasEnded { leave(performer, port) }
        instrument.rest()
        port.close()
        if search.foundBetter {
            logger.notice("a JACK server answers")
        } else if !isLeaving {
            logger.warning("\(port.system.title) has gone or changed its sample rate")
        }
    }

    private func tape(_ performer: Performer) -> TapeRecorder? {
        let header = { @Sendable [instrument] in
            TapeHeader(of: performer, version: continuoVersion, preset: instrument.presetReference)
        }
        var file: TapeFile?
        if let path = options.tape {
            do throws(FileError) {
                file = try TapeFile(header(), path: path) { [logger] in logger.error("the tape ends here: \($0)") }
            } catch { logger.error("there is no tape: \(error)") }
        }
        let session = instrument.sessions.map { keeper in
            let source = SessionOutlet.Source { [instrument] in
                // Of one that begins later they may have changed.
                var now = header()
                for parameter in Parameter.allCases { now.values[parameter] = instrument.value(of: parameter) }
                return now
            } preset: { [instrument] in
                instrument.presetReference
            }
            return SessionOutlet(keeper, source) { [logger] in logger.error("the session's record ends here: \($0)") }
        }
        guard file != nil || session != nil else { return nil }
        return TapeRecorder(performer, file: file, session: session)
    }

    /// What it was connected to is connected whenever it is there.
    private func reconnect(_ port: any LivePort) {
        let known = instrument.connections
        // Such a name is always a pattern.
        for name in known.sources { try? port.wishSource(PortPattern.exactly(name)) }
        for name in known.destinations { try? port.wishDestination(PortPattern.exactly(name)) }
    }

    /// Every note of the machine ends, and the port stays two cycles more so that the ends are heard.
    private func leave(_ performer: Performer, _ port: any LivePort) {
        // Of leaving for another port the service manager hears nothing: it would kill what does not end in time.
        if isLeaving { service.stopping() }
        guard (try? performer.command(.stop)) != nil else { return }
        let cycles = Int64(port.bufferSize) * 2
        // A server that stands still must not keep the daemon.
        for _ in 0..<200 where !port.hasEnded {
            if let silent = performer.silentFrom, performer.now >= silent + cycles { return }
            usleep(5000)
        }
    }

    private static let toldRight = Atomic(false)

    private func tellOnce(_ right: Right, _ system: MIDISystem, isRealtime: Bool) {
        guard !Self.toldRight.exchange(true, ordering: .relaxed) else { return }
        if case .refused = right { logger.warning("\(right)") }
        if !isRealtime { logger.notice("\(system.title) is not real-time, so the improviser is not either") }
    }
}
