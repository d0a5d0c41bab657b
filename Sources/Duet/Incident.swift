/// Something that should not be, and whether this machine stood still at that moment.

public struct Incident: Sendable, CustomStringConvertible {
    public enum Kind: Sendable {
        /// So many events of the machine left after their frame.
        case late(Int)
        /// A cycle for which the port's thread was charged so much.
        case cycle(microseconds: Double)
    }

    /// Between two looks at the figures.
    package struct Moment {
        /// Since the beginning.
        let seconds: Double
        let act: String
        /// For how long at most a core stood still, in milliseconds, whatever the instrument did: a thread of higher priority
        /// was not run there either. Nil if nobody watched.
        let lapse: Double?

        package init(seconds: Double, act: String, lapse: Double?) {
            (self.seconds, self.act, self.lapse) = (seconds, act, lapse)
        }
    }

    public let kind: Kind
    private let moment: Moment

    package init(_ kind: Kind, _ moment: Moment) { (self.kind, self.moment) = (kind, moment) }

    /// Milliseconds. A plan is 10 ms ahead, of which up to a cycle is over before the improviser hears what it is to plan: what a
    /// core did not do in a quarter of them may be what was missing.
    static let harmfulLapse = 2.5

    /// Whether the instrument is to blame for what should not be: a note that is late, a cycle that leaves the other clients
    /// none of its time. A core that stood still is an excuse; what a thread lost meanwhile is charged to it.
    /// - Parameter period: microseconds of a cycle.
    public func isFault(period: Double) -> Bool {
        let lapse = moment.lapse ?? 0
        return switch kind {
        case .late: lapse <= Self.harmfulLapse
        case .cycle(let microseconds): microseconds > period && lapse <= microseconds / 2000
        }
    }

    public var description: String {
        let what =
            switch kind {
            case .late(let count): "\(count) late"
            case .cycle(let microseconds): "a cycle of \(Int(microseconds)) µs"
            }
        let lapse =
            switch moment.lapse {
            case nil: "whether a core stood still is not known"
            case 0: "no core stood still"
            case let milliseconds?: "a core stood still for \((10 * milliseconds).rounded() / 10) ms"
            }
        return "\(what) in second \(Int(moment.seconds)) (\(moment.act)); \(lapse)"
    }
}
