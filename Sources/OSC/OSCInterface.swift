import Glibc
import Instrument
import Performer
import Presets

/// The instrument over OSC, apart from any socket: messages to requests, replies and news to messages. Addresses, all under
/// /continuo:
///
///     /ping                      version
///     /status                    a reply for each figure: name, value; then one without
///     /list                      a reply for each parameter: name, value, minimum, maximum, default, unit, sentence; then one without
///     /get s                     name, value
///     /set s f                   name, value
///     /param/<name> [f]          value, after setting it if one is given
///     /takeover /yield /panic /reset /tap /undo /vary /again /loop [f]   0 does nothing, so that a button may send 1 when pressed and 0 when let go
///     /record [f]                1 if sessions are kept, else 0, after setting it if a number is given
///     /presets                   a reply for each preset: name, description; then one without
///     /preset/load s             name of the preset
///     /histogram s               a reply for each octave of a figure: microseconds up to which, how often; then one without
///     /subscribe s [f]           a feed, and for how many seconds: it is told unasked, as Feed.swift says; the same
///     /unsubscribe [s]           from the feed, or from all
///
/// Each answer is `/continuo/reply <address> …` or `/continuo/error <address> <text>`. Where a number is expected, every numeric
/// type will do, and true and false; where it must be whole, the nearest is taken. Nil and infinitum, which many senders have
/// for a bang, are no arguments. An address may be a pattern: each address that fits is served.
///
/// - Thread: control, the server's alone
package struct OSCInterface: Sendable {
    private var desk: ControlDesk
    private var strangers = OSCStrangers()

    /// - Parameter version: what /continuo/ping tells.
    package init(target: any ControlTarget, version: String) { desk = ControlDesk(target, version: version) }

    static let prefix = "/continuo"

    /// Answers to somebody who is not remembered.
    /// - Returns: nothing for answers: two programs must not answer each other for ever.
    package func answers(to message: OSCMessage) -> [OSCMessage] {
        var copy = self
        return copy.answers(to: message, for: sockaddr_in(loopbackPort: 1))
    }

    /// - Parameter receiver: who gets the answers, and what is subscribed to.
    mutating func answers(to message: OSCMessage, for receiver: sockaddr_in) -> [OSCMessage] {
        if Self.isAnswer(message.address) { return [] }
        let served = Address.fitting(message.address)
        guard served.isEmpty else {
            let arguments = message.arguments.filter { $0 != .other("N") && $0 != .other("I") }
            let subscriber = Subscriber(receiver)
            return served.flatMap { answers(to: $0, arguments, subscriber) }
        }
        // What is sent to another program by way of mistake is often a stream.
        let isOurs = message.address.hasPrefix(Self.prefix + "/")
        guard isOurs || strangers.mayTell(receiver) else { return [] }
        return [Self.error(message.address, .unknownAddress(message.address))]
    }

    private mutating func answers(
        to address: String, _ arguments: Arguments, _ subscriber: Subscriber
    ) -> [OSCMessage] {
        do throws(OSCRequestError) {
            let path = String(address.dropFirst(Self.prefix.count))
            guard let known = Address(path: path) else { throw .unknownAddress(address) }
            var results: [Arguments] = [[]]
            if let request = try Self.request(known, path, arguments) {
                let reply = try OSCRequestError.wrapping { () throws(ControlError) in
                    try desk.handle(request, from: subscriber)
                }
                results = try Self.results(known, path, reply)
            }
            return results.map { OSCMessage(Self.prefix + "/reply", [.string(address)] + $0) }
        } catch { return [Self.error(address, error)] }
    }

    private static func isAnswer(_ address: String) -> Bool {
        address == prefix + "/reply" || address == prefix + "/error"
    }

    private static func error(_ address: String, _ error: OSCRequestError) -> OSCMessage {
        OSCMessage(prefix + "/error", [.string(String(address.prefix(80))), .string(error.description)])
    }

    /// To a message that names somebody else to answer to.
    func refusal(of message: OSCMessage, _ url: String) -> OSCMessage { Self.error(message.address, .badReceiver(url)) }

    /// To a packet that is not OSC: nobody knows what address it was meant for.
    func answer(to error: OSCError) -> OSCMessage {
        OSCMessage(Self.prefix + "/error", [.string(""), .string(error.description)])
    }

    // MARK: Feeds

    /// How long there will be no news: milliseconds, for poll(2); -1: for ever.
    var rest: Int32 { desk.rest }

    /// What is to be sent unasked, if it is time to look.
    mutating func news() -> [(message: OSCMessage, receiver: sockaddr_in)] {
        desk.news().flatMap { subscriber, news in
            Self.messages(news).map { ($0, sockaddr_in(subscriber)) }
        }
    }
}

extension OSCInterface {
    typealias Arguments = [OSCMessage.Argument]

    /// What is served, after /continuo; docs/osc.md has a line for each.
    enum Address: String, CaseIterable {
        case ping = "/ping"
        case list = "/list"
        case status = "/status"
        case get = "/get"
        case set = "/set"
        case parameter = "/param/NAME"
        case takeover = "/takeover"
        case yield = "/yield"
        case panic = "/panic"
        case tap = "/tap"
        case reset = "/reset"
        case undo = "/undo"
        case vary = "/vary"
        case again = "/again"
        case loop = "/loop"
        case record = "/record"
        case presets = "/presets"
        case loadPreset = "/preset/load"
        case histogram = "/histogram"
        case subscribe = "/subscribe"
        case unsubscribe = "/unsubscribe"

        init?(path: String) {
            self.init(rawValue: path.hasPrefix("/param/") ? Self.parameter.rawValue : path)
        }

        /// Those that there are; that of a parameter may turn out to be none's.
        static func fitting(_ address: String) -> [String] {
            if OSCPattern.isPattern(address) {
                guard let pattern = OSCPattern(address) else { return [] }
                return all.filter(pattern.fits)
            }
            guard address.hasPrefix(prefix + "/") else { return [] }
            return Address(path: String(address.dropFirst(prefix.count))) == nil ? [] : [address]
        }

        private static let all = allCases.flatMap { address in
            address == .parameter
                ? Parameter.allCases.map { "\(prefix)/param/\($0.declaration.name)" } : [prefix + address.rawValue]
        }
    }
}

extension Subscriber {
    /// By address and port.
    init(_ receiver: sockaddr_in) {
        self.init(
            number: UInt64(UInt32(bigEndian: receiver.sin_addr.s_addr)) << 16
                | UInt64(UInt16(bigEndian: receiver.sin_port)))
    }
}

extension sockaddr_in {
    /// Of a subscriber of OSC's.
    init(_ subscriber: Subscriber) {
        self.init(loopbackPort: UInt16(truncatingIfNeeded: subscriber.number))
        sin_addr.s_addr = UInt32(truncatingIfNeeded: subscriber.number >> 16).bigEndian
    }
}
