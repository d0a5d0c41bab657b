/// The JACK server as the command line sees it.

import Commands
import Files
import Glibc
import JACKPorts
import Ports

enum JACKServer {
    /// A client that only looks around; it is never activated.
    /// - Throws: `PortError`.
    static func look(_ name: String?) throws(PortError) -> JACKClient {
        try JACKClient.open("continuo-look", server: name, context: nil) { _, _ in }
    }

    static var isPipeWireLibrary: Bool { JACKClient.library.contains("PipeWire") }

    /// PipeWire serves this user on a socket of this name (pipewire(1), PIPEWIRE_RUNTIME_DIR).
    static var hasPipeWire: Bool {
        let folders = ["PIPEWIRE_RUNTIME_DIR", "XDG_RUNTIME_DIR"].compactMap { (name: String) in
            environmentVariable(name)
        }
        return (folders + ["/run/user/\(getuid())"]).contains { access("\($0)/pipewire-0".cPath, F_OK) == 0 }
    }

    /// What to do where none answers.
    static func advice(_ command: String) -> String {
        switch (isPipeWireLibrary, hasPipeWire) {
        case (true, true): "PipeWire runs but does not answer; try: systemctl --user restart pipewire"
        case (true, false): "start PipeWire: systemctl --user start pipewire; or leave pw-jack out and start jackd"
        case (false, true): "PipeWire runs, which is a JACK server for programs that pw-jack starts: pw-jack \(command)"
        case (false, false): "start one: jackd -d alsa -d hw:0 -r 48000 -p 128 -X seq (`aplay -l` names the card)"
        }
    }
}

extension [MIDIPort] {
    /// The ports of the daemons whose client has this name, or this and the number that JACK appends.
    func continuo(_ name: String) -> [MIDIPort] {
        filter { port in
            port.client.hasPrefix(name) && ["midi_in", "midi_out"].contains(port.shortName)
        }
    }
}

/// No JACK server answers a command that only looks.
struct NoServer: CommandError, CustomStringConvertible {
    let said: String
    let advice: String
    let exitStatus = EX_UNAVAILABLE

    var description: String { "no JACK server answers (\(said)); \(advice)" }
}
