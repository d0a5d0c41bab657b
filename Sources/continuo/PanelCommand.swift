import ArgumentParser
import Commands
import Glibc
import Panel
import Performer

struct PanelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "panel",
        abstract: "Serve a page that shows and leads the instrument in a browser.",
        discussion: """
            The page shows both players' notes, the plan ahead, whose turn it is, and every parameter. OSCQuery clients \
            reach the parameters on the same port. It speaks OSC with a continuod of this machine, and finds it again when \
            it comes back.

            Only this machine can connect. With another --bind, whoever connects needs the token in the address that is \
            printed; the connection is not encrypted.

            Example: continuo panel
            """)

    @Option(help: "TCP port to serve on; 0: any that is free.")
    var port: UInt16 = 9080
    @Option(help: "IP address to serve on; 0.0.0.0: all of this machine.")
    var bind = "127.0.0.1"
    @Option(help: "UDP port that continuod listens on for OSC.")
    var oscPort: UInt16 = 9000
    @Option(
        help: "Token that clients must have; with another --bind than this machine's own, a new one if none is given.")
    var token: String?

    func run() throws {
        try attempt {
            var settings = PanelServer.Settings()
            settings.port = Int(port)
            settings.bind = bind
            settings.oscPort = oscPort
            settings.token = token
            settings.wholeParameters = Set(Parameter.declarations.filter { $0.kind == .whole }.map(\.name))
            let server = try PanelServer(settings)
            print("The panel is at \(server.address)")
            fflush(nil)
            server.wait()
        }
    }
}

extension PanelError: CommandError {
    package var exitStatus: Int32 {
        switch self {
        case .noAddress, .badToken: EX_USAGE
        case .cannotListen: EX_UNAVAILABLE
        }
    }
}
