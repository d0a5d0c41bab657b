import Glibc
import Performer
import Presets

/// What the instrument answers to each OSC message, apart from any socket. Addresses, all under /continuo:
///
///     /ping                      version
///     /status                    a reply for each figure: name, value; then one without
///     /list                      a reply for each parameter: name, value, minimum, maximum, default, unit, sentence; then one without
///     /get s                     name, value
///     /set s f                   name, value
///     /param/<name> [f]          value, after setting it if one is given
///     /takeover /yield /panic /reset [f]   0 does nothing, so that a button may send 1 when pressed and 0 when let go
///     /presets                   a reply for each preset: name, description; then one without
///     /preset/load s             name of the preset
///     /histogram s               a reply for each octave of a figure: microseconds up to which, how often; then one without
///     /subscribe s [f]           a feed, and for how many seconds: it is told unasked, as Feed.swift says; the same
///     /unsubscribe [s]           from the feed, or from all
///
/// Each answer is `/continuo/reply <address> …` or `/continuo/error <address> <text>`. Where a number is expected, every numeric
/// type will do, and true and false; where it must be whole, the nearest is taken. Nil and infinitum, which many senders have
/// for a bang, are no arguments. An address may be a pattern: each address that fits is served.
package struct OSCInterface: Sendable {
    let target: any ControlTarget
    let version: String

    package init(target: any ControlTarget, version: String) {
        self.target = target
        self.version = version
    }

    static let prefix = "/continuo"

    /// - Returns: nothing for answers: two programs must not answer each other for ever.
    package func answers(to message: OSCMessage) -> [OSCMessage] {
        var nobody = OSCClients()
        return answers(to: message, for: sockaddr_in(loopbackPort: 1), &nobody)
    }

    /// - Parameter receiver: who gets the answers, and what is subscribed to.
    func answers(to message: OSCMessage, for receiver: sockaddr_in, _ clients: inout OSCClients) -> [OSCMessage] {
        if Self.isAnswer(message.address) { return [] }
        let served = addresses(fitting: message.address)
        guard served.isEmpty else {
            let arguments = message.arguments.filter { $0 != .other("N") && $0 != .other("I") }
            return served.flatMap { answers(to: $0, arguments, receiver, &clients) }
        }
        // What is sent to another program by way of mistake is often a stream.
        let isOurs = message.address.hasPrefix(Self.prefix + "/")
        guard isOurs || clients.mayTellStranger(receiver) else { return [] }
        return [Self.error(message.address, .unknownAddress(message.address))]
    }

    private func answers(
        to address: String, _ arguments: Arguments, _ receiver: sockaddr_in, _ clients: inout OSCClients
    ) -> [OSCMessage] {
        do throws(ControlError) {
            let path = String(address.dropFirst(Self.prefix.count))
            return try results(path, arguments, receiver, &clients.subscriptions).map { result in
                OSCMessage(Self.prefix + "/reply", [.string(address)] + result)
            }
        } catch { return [Self.error(address, error)] }
    }

    private static func isAnswer(_ address: String) -> Bool {
        address == prefix + "/reply" || address == prefix + "/error"
    }

    /// Those that there are; that of a parameter may turn out to be none's.
    private func addresses(fitting address: String) -> [String] {
        if OSCPattern.isPattern(address) {
            guard let pattern = OSCPattern(address) else { return [] }
            return Self.all.filter(pattern.fits)
        }
        guard address.hasPrefix(Self.prefix + "/") else { return [] }
        return Address(path: String(address.dropFirst(Self.prefix.count))) == nil ? [] : [address]
    }

    private static let all = Address.allCases.flatMap { address in
        address == .parameter
            ? Parameter.allCases.map { "\(prefix)/param/\($0.declaration.name)" } : [prefix + address.rawValue]
    }

    private static func error(_ address: String, _ error: ControlError) -> OSCMessage {
        OSCMessage(prefix + "/error", [.string(String(address.prefix(80))), .string(error.description)])
    }

    /// To a message that names somebody else to answer to.
    func refusal(of message: OSCMessage, _ url: String) -> OSCMessage { Self.error(message.address, .badReceiver(url)) }

    /// To a packet that is not OSC: nobody knows what address it was meant for.
    func answer(to error: OSCError) -> OSCMessage {
        OSCMessage(Self.prefix + "/error", [.string(""), .string(error.description)])
    }

    private typealias Arguments = [OSCMessage.Argument]

    /// What is served, after /continuo; README.md has a line for each.
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
        case reset = "/reset"
        case presets = "/presets"
        case loadPreset = "/preset/load"
        case histogram = "/histogram"
        case subscribe = "/subscribe"
        case unsubscribe = "/unsubscribe"

        init?(path: String) {
            self.init(rawValue: path.hasPrefix("/param/") ? Self.parameter.rawValue : path)
        }
    }

    private func results(
        _ path: String, _ arguments: Arguments, _ receiver: sockaddr_in, _ subscriptions: inout Subscriptions
    ) throws(ControlError) -> [Arguments] {
        guard let address = Address(path: path) else { throw .unknownAddress(Self.prefix + path) }
        switch address {
        case .ping:
            try check(path, arguments.isEmpty, takes: "no argument")
            return [[.string(version)]]
        case .status:
            try check(path, arguments.isEmpty, takes: "no argument")
            return Self.status(of: target)
        case .list:
            try check(path, arguments.isEmpty, takes: "no argument")
            return Parameter.allCases.map(described) + [[]]
        case .get:
            guard case .string(let name)? = arguments.first, arguments.count == 1 else {
                throw .wrongArguments(Self.prefix + path, takes: "the name of a parameter (s)")
            }
            return [[.string(name), .float(Double(target.value(of: try find(name))))]]
        case .set:
            guard case .string(let name)? = arguments.first, arguments.count == 2, let value = Self.number(arguments[1])
            else {
                throw .wrongArguments(Self.prefix + path, takes: "the name of a parameter (s) and a number (f)")
            }
            return [[.string(name), try set(find(name), to: value)]]
        case .parameter: return [try parameter(String(path.dropFirst("/param/".count)), path, arguments)]
        case .takeover: return [try command(.takeover, path, arguments)]
        case .yield: return [try command(.yield, path, arguments)]
        case .panic: return [try command(.panic, path, arguments)]
        case .reset: return [try command(.reset, path, arguments)]
        case .presets:
            try check(path, arguments.isEmpty, takes: "no argument")
            return target.presets().map { [.string($0.name), .string($0.description)] } + [[]]
        case .loadPreset:
            guard case .string(let name)? = arguments.first, arguments.count == 1 else {
                throw .wrongArguments(Self.prefix + path, takes: "the name of a preset (s)")
            }
            return [[.string(try target.loadPreset(named: name))]]
        case .histogram: return try histogram(path, arguments)
        case .subscribe: return [try subscribe(path, arguments, receiver, &subscriptions)]
        case .unsubscribe:
            let feed = arguments.isEmpty ? nil : Self.feed(arguments[0])
            try check(
                path, arguments.count <= 1 && (arguments.isEmpty || feed != nil),
                takes: Self.feeds + ", or none for all")
            subscriptions.unsubscribe(receiver, from: feed)
            return [[]]
        }
    }

    /// Answers, or what is told twice a second.
    static func status(of target: any ControlTarget) -> [[OSCMessage.Argument]] {
        target.status().map { [.string($0.name), argument($0.value)] } + [[]]
    }

    private func histogram(_ path: String, _ arguments: Arguments) throws(ControlError) -> [Arguments] {
        guard case .string(let name)? = arguments.first, arguments.count == 1,
            let octaves = target.histogram(named: name)
        else { throw .wrongArguments(Self.prefix + path, takes: "the name of a figure that has one, such as step (s)") }
        return octaves.map { [.string(name), .float($0.upTo), .int(Int64($0.count))] } + [[]]
    }

    private static let feeds = "a feed (s): " + Feed.allCases.map(\.rawValue).joined(separator: ", ")

    private static func feed(_ argument: OSCMessage.Argument) -> Feed? {
        if case .string(let name) = argument { Feed(rawValue: name) } else { nil }
    }

    private func subscribe(
        _ path: String, _ arguments: Arguments, _ receiver: sockaddr_in, _ subscriptions: inout Subscriptions
    ) throws(ControlError) -> Arguments {
        let seconds = arguments.count < 2 ? Subscriptions.defaultSeconds : Self.number(arguments[1])
        guard 1...2 ~= arguments.count, let feed = Self.feed(arguments[0]), let seconds,
            seconds >= 1 && seconds <= Subscriptions.longestSeconds
        else {
            throw .wrongArguments(
                Self.prefix + path, takes: Self.feeds + "; and seconds, 1…\(Int(Subscriptions.longestSeconds)) (f)")
        }
        return [.string(feed.rawValue), .float(try subscriptions.subscribe(receiver, to: feed, seconds: seconds))]
    }

    private func command(_ command: Command, _ path: String, _ arguments: Arguments) throws(ControlError) -> Arguments {
        let value = arguments.isEmpty ? 1 : Self.number(arguments[0])
        guard arguments.count <= 1, let value, value.isFinite else {
            throw .wrongArguments(Self.prefix + path, takes: "no argument, or a number of which 0 does nothing (f)")
        }
        if value != 0 { try target.command(command) }
        return []
    }

    private func parameter(_ name: String, _ path: String, _ arguments: Arguments) throws(ControlError) -> Arguments {
        let parameter = try find(name)
        if arguments.isEmpty { return [.float(Double(target.value(of: parameter)))] }
        guard arguments.count == 1, let value = Self.number(arguments[0]) else {
            throw .wrongArguments(Self.prefix + path, takes: "a number (f)")
        }
        return [try set(parameter, to: value)]
    }

    private func find(_ name: String) throws(ControlError) -> Parameter {
        guard let parameter = Parameter(named: name) else { throw .unknownParameter(name) }
        return parameter
    }

    private func set(_ parameter: Parameter, to value: Double) throws(ControlError) -> OSCMessage.Argument {
        // Faders and many senders have floats only.
        let whole = parameter.declaration.kind == .number ? value : value.rounded()
        let value = try parameter.checked(Float(whole))
        try target.set(parameter, to: value)
        return .float(Double(value))
    }

    private func check(_ path: String, _ fits: Bool, takes: String) throws(ControlError) {
        guard fits else { throw .wrongArguments(Self.prefix + path, takes: takes) }
    }

    private func described(_ parameter: Parameter) -> Arguments {
        let it = parameter.declaration
        return [
            .string(it.name), .float(Double(target.value(of: parameter))), .float(Double(it.minimum)),
            .float(Double(it.maximum)), .float(Double(it.defaultValue)), .string(it.unit), .string(it.sentence),
        ]
    }

    private static func number(_ argument: OSCMessage.Argument) -> Double? {
        switch argument {
        case .int(let value): Double(value)
        case .float(let value): value
        case .string, .other: nil
        }
    }

    private static func argument(_ value: StatusValue) -> OSCMessage.Argument {
        switch value {
        case .whole(let value): .int(Int64(value))
        case .number(let value): .float(value)
        case .text(let value): .string(value)
        }
    }
}
