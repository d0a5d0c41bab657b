import Instrument
import Performer

extension OSCInterface {
    /// - Returns: what a message asks for; nil for a button that was let go.
    static func request(
        _ address: Address, _ path: String, _ arguments: Arguments
    ) throws(OSCRequestError) -> ControlRequest? {
        switch address {
        case .ping:
            try check(path, arguments.isEmpty, takes: "no argument")
            return .version
        case .status:
            try check(path, arguments.isEmpty, takes: "no argument")
            return .status
        case .list:
            try check(path, arguments.isEmpty, takes: "no argument")
            return .parameters
        case .get:
            guard case .string(let name)? = arguments.first, arguments.count == 1 else {
                throw .wrongArguments(prefix + path, takes: "the name of a parameter (s)")
            }
            return .value(of: try find(name))
        case .set:
            guard case .string(let name)? = arguments.first, arguments.count == 2 else {
                throw .wrongArguments(prefix + path, takes: "the name of a parameter (s) and " + values)
            }
            let parameter = try find(name)
            return .set(parameter, to: try value(of: parameter, path, arguments[1]))
        case .parameter: return try parameter(path, arguments)
        case .takeover: return try command(.takeover, path, arguments)
        case .yield: return try command(.yield, path, arguments)
        case .panic: return try command(.panic, path, arguments)
        case .tap: return try command(.tap, path, arguments)
        case .undo: return try command(.undo, path, arguments)
        case .vary: return try command(.vary, path, arguments)
        case .again: return try command(.again, path, arguments)
        case .loop: return try command(.loop, path, arguments)
        case .reset: return try command(.reset, path, arguments)
        case .record:
            guard let argument = arguments.first else { return .record(nil) }
            guard arguments.count == 1, let value = number(argument), value.isFinite else {
                throw .wrongArguments(prefix + path, takes: "a number of which 0 is off (f), or none to ask")
            }
            return .record(value != 0)
        case .presets:
            try check(path, arguments.isEmpty, takes: "no argument")
            return .presets
        case .loadPreset:
            guard case .string(let name)? = arguments.first, arguments.count == 1 else {
                throw .wrongArguments(prefix + path, takes: "the name of a preset (s)")
            }
            return .loadPreset(named: name)
        case .histogram:
            guard case .string(let name)? = arguments.first, arguments.count == 1 else { throw noHistogram(path) }
            return .histogram(named: name)
        case .subscribe: return try subscribe(path, arguments)
        case .unsubscribe:
            let feed = arguments.isEmpty ? nil : feed(arguments[0])
            try check(
                path, arguments.count <= 1 && (arguments.isEmpty || feed != nil), takes: feeds + ", or none for all")
            return .unsubscribe(from: feed)
        }
    }

    static func noHistogram(_ path: String) -> OSCRequestError {
        .wrongArguments(prefix + path, takes: "the name of a figure that has one, such as step (s)")
    }

    private static let feeds = "a feed (s): " + Feed.allCases.map(\.rawValue).joined(separator: ", ")

    private static func feed(_ argument: OSCMessage.Argument) -> Feed? {
        if case .string(let name) = argument { Feed(rawValue: name) } else { nil }
    }

    private static func subscribe(_ path: String, _ arguments: Arguments) throws(OSCRequestError) -> ControlRequest {
        let seconds = arguments.count < 2 ? Feed.defaultSeconds : number(arguments[1])
        guard 1...2 ~= arguments.count, let feed = feed(arguments[0]), let seconds, Feed.seconds.contains(seconds)
        else {
            throw .wrongArguments(
                prefix + path, takes: feeds + "; and seconds, 1…\(Int(Feed.seconds.upperBound)) (f)")
        }
        return .subscribe(feed, seconds: seconds)
    }

    private static func command(
        _ command: Command, _ path: String, _ arguments: Arguments
    ) throws(OSCRequestError) -> ControlRequest? {
        let value = arguments.isEmpty ? 1 : number(arguments[0])
        guard arguments.count <= 1, let value, value.isFinite else {
            throw .wrongArguments(prefix + path, takes: "no argument, or a number of which 0 does nothing (f)")
        }
        return value == 0 ? nil : .command(command)
    }

    private static func parameter(_ path: String, _ arguments: Arguments) throws(OSCRequestError) -> ControlRequest {
        let parameter = try find(String(path.dropFirst("/param/".count)))
        if arguments.isEmpty { return .value(of: parameter) }
        try check(path, arguments.count == 1, takes: values)
        return .set(parameter, to: try value(of: parameter, path, arguments[0]))
    }

    private static let values = "a number (f) or the name of a value (s)"

    private static func value(
        of parameter: Parameter, _ path: String, _ argument: OSCMessage.Argument
    ) throws(OSCRequestError) -> Double {
        if let number = number(argument) { return number }
        guard case .string(let name) = argument else { throw .wrongArguments(prefix + path, takes: values) }
        return Double(
            try OSCRequestError.wrappingParameter { () throws(ParameterError) in
                try parameter.declaration.value(named: name)
            })
    }

    private static func find(_ name: String) throws(OSCRequestError) -> Parameter {
        try OSCRequestError.wrappingParameter { () throws(ParameterError) in try Parameter.named(name) }
    }

    private static func check(_ path: String, _ fits: Bool, takes: String) throws(OSCRequestError) {
        guard fits else { throw .wrongArguments(prefix + path, takes: takes) }
    }

    private static func number(_ argument: OSCMessage.Argument) -> Double? {
        switch argument {
        case .int(let value): Double(value)
        case .float(let value): value
        case .string, .other: nil
        }
    }
}
