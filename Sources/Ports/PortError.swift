// Not real-time: what can go wrong with a port.

/// What can go wrong with a port. The text says what to do next.
public enum PortError: Error, Equatable, CustomStringConvertible {
    /// No JACK server runs; with what libjack said.
    case noServer(String)
    /// Another client has this exact name.
    case nameTaken(String)
    /// No client may have this name: JACK puts the sockets of clients and servers in one folder, by name.
    case nameIsServers(String)
    /// No client of any system may have this name; with the reason.
    case badName(String, String)
    /// libjack refused; what was asked for, and what it said.
    case refused(String, String)
    /// This user cannot open ALSA's sequencer; with what alsa-lib said.
    case noSequencer(String)
    /// Another client of ALSA's sequencer has this name.
    case sequencerNameTaken(String)
    /// ALSA refused; what was asked for, and why.
    case sequencerRefused(String, String)
    /// Not a POSIX extended regular expression; with the reason.
    case badPattern(String, String)

    public var description: String {
        switch self {
        case .noServer(let said):
            "no JACK server answers (\(said)); start one (jackd, PipeWire's JACK) or name it in JACK_DEFAULT_SERVER"
        case .nameTaken(let name):
            "a JACK client named '\(name)' exists already; end it, or choose another name"
        case .nameIsServers(let name):
            "a JACK client named '\(name)' would cut off the server of that name; choose another name"
        case .badName(let name, let reason):
            "a client cannot be named '\(shown(name))': \(reason)"
        case .refused(let what, let said):
            "JACK refused \(what): \(said)"
        case .noSequencer(let said):
            "ALSA's sequencer cannot be opened (\(said)); load its module (modprobe snd-seq), and join the group audio"
        case .sequencerNameTaken(let name):
            "a client of ALSA's sequencer named '\(name)' exists already; end it, or choose another name"
        case .sequencerRefused(let what, let said):
            "ALSA refused \(what): \(said)"
        case .badPattern(let pattern, let reason):
            "'\(pattern)' is neither a port nor a regular expression: \(reason); for any name with MPK in it write '.*MPK.*'"
        }
    }
    /// Foreign text in one short line.
    private func shown(_ text: String) -> String {
        let scalars = text.unicodeScalars.prefix(40).map { $0.properties.generalCategory == .control ? "?" : $0 }
        return String(String.UnicodeScalarView(scalars)) + (text.unicodeScalars.count > 40 ? "…" : "")
    }
}
