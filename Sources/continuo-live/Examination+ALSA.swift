/// What `continuo doctor` looks at around ALSA's sequencer.

import ALSAPorts
import Files
import Glibc
import Ports

extension Examination {
    private static let device = "/dev/snd/seq"

    /// - Parameter isNeeded: no JACK server answers.
    /// - Returns: its ports, if it can be opened.
    mutating func sequencer(isNeeded: Bool) -> [MIDIPort]? {
        do throws(PortError) {
            let ports = try ALSAPort.midiPorts()
            let count = Set(ports.flatMap(\.aliases)).count
            ok("ALSA", "the sequencer can be opened; \(count) ports" + (isNeeded ? ": continuod plays there" : ""))
            return ports
        } catch {
            // With a JACK server it is of no concern.
            guard isNeeded else { return nil }
            let (found, advice) = Self.absence
            fail("ALSA", found, do: advice, EX_UNAVAILABLE)
            return nil
        }
    }

    private static var absence: (found: String, advice: String) {
        var status = stat()
        guard stat(device.cPath, &status) == 0 else {
            return ("there is no sequencer (\(device))", "sudo modprobe snd-seq; containers have none")
        }
        guard access(device.cPath, R_OK | W_OK) != 0 else {
            return ("\(device) cannot be opened", "aconnect -l may say more")
        }
        let group = getgrgid(status.st_gid).map { String(cString: $0.pointee.gr_name) } ?? "\(status.st_gid)"
        return (
            "\(device) is for the group \(group), which you are not in",
            "sudo adduser $USER \(group); then log in again"
        )
    }
}
