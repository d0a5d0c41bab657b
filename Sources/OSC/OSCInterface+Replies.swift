import Instrument

extension OSCInterface {
    /// The arguments of each message that answers, after the address. A list ends with one without.
    static func results(
        _ address: Address, _ path: String, _ reply: ControlReply
    ) throws(OSCRequestError) -> [Arguments] {
        switch reply {
        case .version(let version): return [[.string(version)]]
        case .status(let figures): return list(figures)
        case .parameters(let values): return values.map(described) + [[]]
        case .value(let it):
            let name = address == .parameter ? [] : [OSCMessage.Argument.string(it.parameter.declaration.name)]
            return [name + [.float(Double(it.value))]]
        case .done: return [[]]
        case .recording(let isOn): return [[.int(isOn ? 1 : 0)]]
        case .presets(let presets): return presets.map { [.string($0.name), .string($0.description)] } + [[]]
        case .preset(let name): return [[.string(name)]]
        case .histogram(let name, let octaves?):
            return octaves.map { [.string(name), .float($0.microseconds), .int(Int64($0.count))] } + [[]]
        case .histogram(_, nil): throw noHistogram(path)
        case .subscribed(let feed, let seconds): return [[.string(feed.rawValue), .float(seconds)]]
        }
    }

    /// What is sent unasked.
    static func messages(_ news: FeedNews) -> [OSCMessage] {
        switch news {
        case .note(let event):
            [
                OSCMessage(
                    prefix + "/notes",
                    [
                        .string(event.isMachine ? "machine" : "human"), .string(event.kind.rawValue),
                        .int(Int64(event.channel)), .int(Int64(event.key)), .int(Int64(event.velocity)),
                        .float(event.seconds),
                    ])
            ]
        case .plan(let events):
            [
                OSCMessage(
                    prefix + "/plan",
                    events.flatMap { event -> Arguments in
                        [.int(Int64(event.key)), .int(Int64(event.velocity)), .float(event.seconds)]
                    })
            ]
        case .status(let figures):
            list(figures).map { OSCMessage(prefix + "/reply", [.string(prefix + Address.status.rawValue)] + $0) }
        }
    }

    private static func list(_ figures: [Figure]) -> [Arguments] {
        figures.map { [.string($0.name), argument($0.value)] } + [[]]
    }

    private static func described(_ one: ParameterValue) -> Arguments {
        let it = one.parameter.declaration
        return [
            .string(it.name), .float(Double(one.value)), .float(Double(it.minimum)), .float(Double(it.maximum)),
            .float(Double(it.defaultValue)), .string(it.unit), .string(it.sentence),
        ] + it.names.flatMap { [.string($0.name), .float(Double($0.value))] }
    }

    private static func argument(_ value: Figure.Value) -> OSCMessage.Argument {
        switch value {
        case .whole(let value): .int(Int64(value))
        case .number(let value): .float(value)
        case .text(let value): .string(value)
        }
    }
}
