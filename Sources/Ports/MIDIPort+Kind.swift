// Not real-time: what kind of port a port is.

/// What a port is, by what its system says of it and by its names: bridges between systems keep the one or the other.

extension MIDIPort {
    /// `name`, then what else it is called.
    var names: [String] { [name] + aliases }

    /// It is a device's: `isPhysical`, or named so by a bridge that brings ALSA's ports to JACK. Never a Through port, which
    /// JACK and PipeWire take for hardware.
    public var isHardware: Bool { !isThrough && (isPhysical || names.contains(where: Self.isBridged)) }

    /// It gives back what it gets: ALSA's "Midi Through" (snd-seq-dummy), whatever a bridge makes of its name.
    public var isThrough: Bool { names.contains { $0.lowercased().contains(Self.through) } }

    private static var through: some RegexComponent { /midi[ _-]?through/ }

    /// PipeWire's "Midi-Bridge:MPK mini 3:(capture_0) MPK mini 3 MIDI 1", and a2jmidid's "a2j:MPK mini 3 [24] (capture): MPK
    /// mini 3 MIDI 1" with the number of its client, if not started with -u. ALSA gives programs 128 and more.
    private static func isBridged(_ name: String) -> Bool {
        if name.hasPrefix("Midi-Bridge:") { return true }
        guard name.hasPrefix("a2j:") else { return false }
        let number = name.matches(of: /\[([0-9]+)\] \((?:capture|playback)\)/).last.flatMap { Int($0.1) }
        return number.map { $0 < ALSAClients.firstProgram } ?? true
    }
}

/// How the kernel numbers the clients of ALSA's sequencer (SNDRV_SEQ_DYNAMIC_CLIENTS_BEGIN and its like).
package enum ALSAClients {
    /// Clients of cards are 16…127, four a card; below are the system's own and Midi Through.
    package static let cards: Range<Int32> = 16..<128
    package static let firstProgram = 128
}
