// Not real-time: ways on which output returns as input.

/// A way on which what a client plays comes back to it.

extension [MIDIPort] {
    /// The shortest way from one of `own` outputs to one of its inputs, over connections and through Through ports: the names
    /// of the ports on it, in order.
    /// - Parameter own: this client's.
    /// - Returns: nil if there is none.
    public func loop(of own: [MIDIPort]) -> [String]? {
        let ends = Set(own.filter { $0.direction == .destination }.map(\.name))
        var ways = own.filter { $0.direction == .source }.map { [$0] }
        var seen: Set<String> = []
        while !ways.isEmpty {
            let way = ways.removeFirst()
            for other in destinations(of: way[way.count - 1]) {
                if ends.contains(other.name) { return (way + [other]).map(\.name) }
                guard other.isThrough, seen.insert(other.name).inserted else { continue }
                ways += outlets(of: other).map { way + [other, $0] }
            }
        }
        return nil
    }

    private func destinations(of source: MIDIPort) -> [MIDIPort] {
        filter { $0.direction == .destination && source.connections.contains($0.name) }
    }

    /// Where what a Through port gets comes out again.
    private func outlets(of through: MIDIPort) -> [MIDIPort] {
        let names = Set(through.names.map(Self.outlet))
        return filter { $0.direction == .source && $0.isThrough && !names.isDisjoint(with: $0.names.map(Self.outlet)) }
    }

    /// One name for both ends of a Through port, which bridges name differently.
    private static func outlet(_ name: String) -> String { name.replacing("playback", with: "capture") }
}
