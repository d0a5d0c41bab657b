// Not real-time: news of other ports.

/// What has happened around a port since it was last asked.
public struct PortChanges: Equatable, Sendable {
    /// Ports may have come or gone, so that wishes were looked at.
    public var isNews = false
    /// Names of ports that have come or gone: at least those of `sources` that have gone and are there again.
    public var ports: Set<String> = []
    /// An output was connected, perhaps to a destination that it was connected to before: what may still sound there has
    /// missed its end.
    public var hasNewDestination = false
    /// Through ports that fit a wish, but would have closed a loop.
    public var loops: Set<String> = []

    public init() {}
}
