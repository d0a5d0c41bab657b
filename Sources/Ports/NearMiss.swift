// Not real-time: what a wrong pattern may have meant.

/// What somebody may have meant who named a port by a part of its name.
public struct NearMiss: Equatable, Sendable {
    /// Fits the ports.
    public let pattern: String
    /// Names of the ports, in ascending order; one at least.
    public let ports: [String]

    /// - Parameter ports: those of the direction that is wished for, none of which fits the pattern.
    /// - Returns: nil if none is near: a name or alias has the pattern's text in it, whatever its case, or a part that it fits.
    public init?(_ pattern: PortPattern, among ports: [MIDIPort]) {
        let near = ports.compactMap { port in
            Self.pattern(for: port, pattern.text).map { (name: port.name, pattern: $0) }
        }
        guard let first = near.min(by: { $0.name < $1.name }) else { return nil }
        self.pattern = first.pattern
        self.ports = near.filter { $0.pattern == first.pattern }.map(\.name).sorted()
    }

    private static func pattern(for port: MIDIPort, _ text: String) -> String? {
        guard !text.isEmpty else { return nil }
        let candidates =
            port.names.compactMap { name in range(of: text, in: name).map { ".*\(PortPattern.exactly(name[$0])).*" } }
            + [
                ".*(\(text)).*"
            ]
        return candidates.first { candidate in (try? PortPattern(candidate))?.fits(port) ?? false }
    }

    /// Whatever the case of either.
    private static func range(of text: String, in name: String) -> Range<String.Index>? {
        let wanted = text.lowercased()
        return name.indices.lazy.compactMap { start in
            name.index(start, offsetBy: text.count, limitedBy: name.endIndex).map { start..<$0 }
        }.first { name[$0].lowercased() == wanted }
    }
}
