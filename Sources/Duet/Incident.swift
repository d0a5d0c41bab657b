/// Something that should not be, and whether this machine stood still at that moment.
public struct Incident: Sendable, CustomStringConvertible {
    package enum Kind: Sendable {
        /// So many events of the machine left after their frame.
        case late(Int)
        /// So many cycles of which the port's thread was charged more than half, which is not its own to take.
        case long(Int)
    }

    package struct Moment {
        /// Since the beginning.
        let seconds: Double
        let act: String
        /// For how long at most a core stood still, in milliseconds, whatever the instrument did: a thread of higher priority
        /// was not run there either. Nil if that is not known.
        let lapse: Double?

        package init(seconds: Double, act: String, lapse: Double?) {
            (self.seconds, self.act, self.lapse) = (seconds, act, lapse)
        }
    }

    private let kind: Kind
    private let moment: Moment

    package init(_ kind: Kind, _ moment: Moment) { (self.kind, self.moment) = (kind, moment) }

    /// Milliseconds. A plan is 10 ms ahead, of which up to a cycle is over before the improviser hears what it is to plan: what a
    /// core did not do in a quarter of them may be what was missing. What a thread lost while its core stood still is charged
    /// to it, too.
    static let harmfulLapse = 2.5
    /// Seconds before a late event in which what made it late must lie: its lead, two cycles, and how exactly its time is known.
    static let window = 0.03

    /// A core that stood still is an excuse.
    public var isFault: Bool { moment.lapse ?? 0 <= Self.harmfulLapse }

    public var description: String {
        let what =
            switch kind {
            case .late(let count): "\(count) late"
            case .long(let count): "\(count) long cycles"
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
