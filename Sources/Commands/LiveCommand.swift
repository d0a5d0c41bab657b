// The purpose of this room: what both programs of the command line share. `continuo` links neither libjack nor libasound; the
// commands that need a port are declared here, so that its help knows them, and done by `continuo-live`.

import ArgumentParser
import Files
import Glibc
import Processes

/// A command that needs a port.
package protocol LiveCommand: ParsableCommand {}

extension LiveCommand {
    /// In `continuo`: this process goes on as continuo-live, with the same words, which lies beside it.
    package mutating func run() throws {
        let program = sibling("continuo-live")
        execv(program.cPath, CommandLine.unsafeArgv)
        tell("continuo: cannot start \(program), which does what needs JACK or ALSA: \(systemError())\n")
        throw ExitCode(EX_UNAVAILABLE)
    }
}
