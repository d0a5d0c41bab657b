/// The ports that the instrument is connected to, by name.
public struct Connections: Equatable, Sendable {
    /// So many of each are remembered: programs that come and go may have a new name each time.
    static let most = 64

    /// Connected to its input.
    public var sources: [String]
    /// Connected to its output.
    public var destinations: [String]

    public init(sources: [String] = [], destinations: [String] = []) {
        (self.sources, self.destinations) = (sources, destinations)
    }

    /// Takes what is connected now, and remembers what was connected to a port that is away: a port that is there and not
    /// connected was cut off by somebody.
    /// - Parameter present: names of all ports that are there.
    public mutating func update(sources: Set<String>, destinations: Set<String>, present: Set<String>) {
        self.sources = Self.updated(self.sources, sources, present)
        self.destinations = Self.updated(self.destinations, destinations, present)
    }

    private static func updated(_ known: [String], _ connected: Set<String>, _ present: Set<String>) -> [String] {
        let kept = known.filter { connected.contains($0) || !present.contains($0) }
        return (kept + connected.subtracting(kept).sorted()).suffix(most)
    }
}
