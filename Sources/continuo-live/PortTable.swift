import Ports

/// The ports as people read them.
struct PortTable: CustomStringConvertible {
    private let ports: [MIDIPort]
    private let own: [MIDIPort]
    private let name: String

    init(_ ports: [MIDIPort], own name: String) {
        (self.ports, self.name) = (ports, name)
        own = ports.continuo(name)
    }

    var description: String {
        let others = ports.filter { !own.contains($0) }
        return [
            section(
                "sources, for --connect-in", others.filter { $0.direction == .source }, "none: no keyboard is there"),
            section(
                "destinations, for --connect-out", others.filter { $0.direction == .destination },
                "none: no synth is there"),
            section("Continuo", own, "no client of the name \(name) is there: start continuod"),
        ].joined(separator: "\n")
    }

    private func section(_ title: String, _ ports: [MIDIPort], _ absence: String) -> String {
        ([title] + (ports.isEmpty ? ["  (\(absence))"] : ports.flatMap(lines))).joined(separator: "\n")
    }

    private func lines(_ port: MIDIPort) -> [String] {
        let arrow = port.direction == .source ? "→" : "←"
        let notes = port.aliases + (port.isHardware ? [PortPattern.hardware] : [])
        let isOwn = own.contains(port)
        let connections = port.connections.isEmpty && isOwn ? ["nothing"] : port.connections
        return ["  \(port.name)" + (notes.isEmpty ? "" : "  (\(notes.joined(separator: ", ")))")]
            + connections.map { "      \(arrow) \($0)" }
    }
}
