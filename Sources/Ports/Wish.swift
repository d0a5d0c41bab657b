// Not real-time: rules for connections.

/// A connection that is made whenever a port that fits appears. What was connected is left alone until it has gone and come
/// back, so that a connection that the user cut stays cut.
package struct Wish<Own, Other: Hashable> {
    package let own: Own
    package let pattern: PortPattern
    /// What has been connected since it came.
    private var seen: Set<Other> = []

    package init(_ own: Own, _ pattern: PortPattern) { (self.own, self.pattern) = (own, pattern) }

    /// - Parameters:
    ///   - fitting: the ports that are there and fit.
    ///   - changed: whether a port has gone or come since the last time, perhaps both.
    ///   - connect: whether they are connected now; a port that refuses is asked again.
    package mutating func grant(_ fitting: Set<Other>, changed: (Other) -> Bool, connect: (Other) -> Bool) {
        seen = seen.intersection(fitting).filter { !changed($0) }
        for other in fitting.subtracting(seen) where connect(other) { seen.insert(other) }
    }
}
