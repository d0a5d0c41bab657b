/// From one JACK server to the next: opens the port, plays until the server or the daemon ends, leaves silence.

import Control
import Glibc
import Kernels
import Logging
import Performer
import Ports
import Realtime
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

    static func catchSignals() {
        _ = hadTerminal
        for number in [SIGTERM, SIGINT] {
            signal(number) { _ in Daemon.isLeaving.store(true, ordering: .relaxed) }
        }
        signal(SIGHUP) { _ in Daemon.isHungUp.store(true, ordering: .relaxed) }
    }

    var isLeaving: Bool { Self.isLeaving.load(ordering: .relaxed) }

    /// Until it is told to leave.
    func run() throws {
        while !isLeaving {
            guard let port = try waitForServer() else { return }
            try play(on: port)
        }
    }

    /// What the service manager asks for and wants to hear of, several times a second.
    /// - Parameter progress: what changes as long as the port's thread works; nil while there is no port.
    private func attend(progress: Int64?) {
        service.live(progress: progress)
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

    private func waitForServer() throws(PortError) -> JACKPort? {
        var told = false
        while !isLeaving {
            do throws(PortError) {
                return try JACKPort(name: options.name, exactName: options.exactName, server: options.server)
            } catch {
                guard case .noServer = error else { throw error }
                // Ready though it waits: it obeys OSC already, and a boot must not wait for a server that may never come.
                if !told {
                    logger.notice("waiting: \(error)")
                    service.ready("waiting: \(error)")
                }
                told = true
            }
            for _ in 0..<10 where !isLeaving {
                attend(progress: nil)
                usleep(100_000)
            }
        }
        return nil
    }

    private func play(on port: JACKPort) throws {
        let client = port.client
        let rate = client.sampleRate
        let performer = try instrument.perform(sampleRate: rate) {
            [
                ("port", .text("jack")), ("sample-rate", .whole(client.sampleRate)),
                ("buffer", .whole(client.bufferSize)),
                ("xruns", .whole(client.xruns)),
            ]
        }
        for pattern in options.connectIn { try client.wish(.input(0), pattern) }
        for pattern in options.connectOut { try client.wish(.output(0), pattern) }
        // One below JACK's own thread, so that the stage is never kept waiting.
        let priority = client.realtimePriority.map { max($0 - 1, 1) }
        let thread = RealtimeThread(name: "improviser", priority: priority) { performer.improvise() }
        tellOnce(thread.right, isServerRealtime: priority != nil)
        try port.activate(performer.stage)
        logger.notice(
            "ready: \(client.name) at \(rate) Hz, \(client.bufferSize) frames a cycle, preset \(instrument.presetName)")
        if client.name != options.name {
            logger.warning("the name '\(options.name)' is taken; with --exact-name this would be an error")
        }
        service.ready("playing: \(client.name) at \(rate) Hz")
        while !isLeaving && !client.serverEnded && client.sampleRate == rate {
            client.connectWishes()
            instrument.listen()
            attend(progress: performer.now)
            usleep(50_000)
        }
        if !client.serverEnded { leave(performer, client) }
        instrument.rest()
        port.close()
        performer.stopImprovising()
        thread.join()
        if !isLeaving { logger.warning("the JACK server has gone or changed its sample rate") }
    }

    /// Every note of the machine ends, and the port stays two cycles more so that the ends are heard.
    private func leave(_ performer: Performer, _ client: JACKClient) {
        service.stopping()
        guard (try? performer.command(.stop)) != nil else { return }
        let cycles = Int64(client.bufferSize) * 2
        // A server that stands still must not keep the daemon.
        for _ in 0..<200 where !client.serverEnded {
            if let silent = performer.silentFrom, performer.now >= silent + cycles { return }
            usleep(5000)
        }
    }

    private static let toldRight = Atomic(false)

    private func tellOnce(_ right: Right, isServerRealtime: Bool) {
        guard !Self.toldRight.exchange(true, ordering: .relaxed) else { return }
        if case .refused = right { logger.warning("\(right)") }
        if !isServerRealtime { logger.notice("the JACK server is not real-time, so the improviser is not either") }
    }
}
