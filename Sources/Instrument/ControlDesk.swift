import Performer
import Presets

/// Where requests are handled, of every protocol: one desk for each codec, with its subscribers.
///
///     var desk = ControlDesk(instrument, version: continuoVersion)
///     let reply = try desk.handle(.set(.patience, to: 800), from: subscriber)
///     for (subscriber, news) in desk.news() { … }
///
/// - Thread: control, the codec's alone
public struct ControlDesk: Sendable {
    private let target: any ControlTarget
    private let version: String
    private var subscriptions = Subscriptions()

    /// - Parameter version: of the program.
    public init(_ target: any ControlTarget, version: String) { (self.target, self.version) = (target, version) }

    /// Does what is asked, whole or not at all.
    public mutating func handle(
        _ request: ControlRequest, from subscriber: Subscriber
    ) throws(ControlError) -> ControlReply {
        switch request {
        case .version: return .version(version)
        case .status: return .status(target.status())
        case .parameters:
            return .parameters(Parameter.allCases.map { ParameterValue($0, target.value(of: $0)) })
        case .value(let parameter): return .value(ParameterValue(parameter, target.value(of: parameter)))
        case .set(let parameter, let value):
            let checked = try ControlError.wrapping { () throws(ParameterError) in
                try parameter.declaration.value(parameter.declaration.step(nearest: value))
            }
            try target.set(parameter, to: checked)
            return .value(ParameterValue(parameter, checked))
        case .command(let command):
            try target.command(command)
            return .done
        case .record(let isOn):
            if let isOn { try target.record(isOn) }
            return .recording(target.isRecording)
        case .presets: return .presets(target.presets())
        case .loadPreset(let name): return .preset(try target.loadPreset(named: name))
        case .histogram(let name): return .histogram(named: name, target.histogram(named: name))
        case .subscribe(let feed, let seconds):
            try subscriptions.subscribe(subscriber, to: feed, seconds: seconds)
            return .subscribed(feed, seconds: seconds)
        case .unsubscribe(let feed):
            subscriptions.unsubscribe(subscriber, from: feed)
            return .done
        }
    }

    /// How long there will be no news: milliseconds, for poll(2); -1: for ever.
    public var rest: Int32 { subscriptions.rest }

    /// What is new for whom, if it is time to look. Call it often.
    public mutating func news() -> [(subscriber: Subscriber, news: FeedNews)] { subscriptions.news(of: target) }
}
