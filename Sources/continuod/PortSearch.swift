/// Which MIDI system the daemon plays on.

import ALSAPorts
import ArgumentParser
import JACKPorts
import Ports

enum PortChoice: String, CaseIterable, ExpressibleByArgument {
    case auto, jack, alsa
}

/// Opens the port that the user chose, or under `auto` the first there is.
struct PortSearch {
    private let options: DaemonOptions
    /// What is tried, the better one first.
    private var systems: [MIDISystem]
    private let prefersJACK: Bool
    /// Why the last `open` found nothing.
    private(set) var absence = ""
    /// What is worth telling about the port that the last `open` found; nil if it says nothing new.
    private(set) var news: String?
    /// The last port was left for a better one.
    private(set) var foundBetter = false
    private var rounds = 0

    init(_ options: DaemonOptions) {
        self.options = options
        switch options.port {
        case .jack: systems = [.jack]
        case .alsa: systems = [.alsa]
        // Who names a server means it.
        case .auto: systems = options.server == nil ? [.jack, .alsa] : [.jack]
        }
        prefersJACK = options.preferJack && systems.count > 1
    }

    /// - Returns: nil if there is nothing to play on now.
    mutating func open() throws(PortError) -> (any LivePort)? {
        var reasons: [String] = []
        for system in systems {
            do throws(PortError) {
                let port = try open(system)
                settle(on: system)
                return port
            } catch {
                switch error {
                case .noServer, .noSequencer: reasons.append("\(error)")
                case .refused where isGone(system): reasons.append("\(error)")
                default: throw error
                }
            }
        }
        absence = reasons.joined(separator: "; ")
        return nil
    }

    private func open(_ system: MIDISystem) throws(PortError) -> any LivePort {
        switch system {
        case .jack: try JACKPort(name: options.name, exactName: options.exactName, server: options.server)
        case .alsa: try ALSAPort(name: options.name, exactName: options.exactName)
        }
    }

    /// Whether a JACK server that has just refused something has ended meanwhile.
    func isGone(_ system: MIDISystem) -> Bool {
        system == .jack && !JACKPort.serverAnswers(options.server)
    }

    /// What `auto` has found it keeps: a JACK server that is started again must not find its player on ALSA.
    private mutating func settle(on system: MIDISystem) {
        (news, foundBetter) = (nil, false)
        guard systems.count > 1 else { return }
        if system == .alsa {
            news =
                "no JACK server answers, so it plays on ALSA's sequencer"
                + (prefersJACK ? " until one does" : " and stays there (--prefer-jack, --port jack)")
        }
        if !prefersJACK { systems = [system] }
    }

    /// Whether to leave `port`, since JACK is preferred and answers. Looks once in a second of the daemon's rounds.
    mutating func findsBetter(than port: any LivePort) -> Bool {
        guard prefersJACK && port.system == .alsa else { return false }
        rounds += 1
        foundBetter = rounds % 20 == 0 && JACKPort.serverAnswers(options.server)
        return foundBetter
    }
}
