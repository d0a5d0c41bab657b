/// Every parameter of the instrument, declared once: the OSC address, the `--set` flag, the preset key and the status
/// report all come from this table.
import Representation

/// The index is the parameter's id on the wire between threads.
public enum Parameter: Int, CaseIterable, Sendable, BitwiseCopyable {
    case auto, patience, hold, entry, shortest, longest, polyphony
    case temperatureTime, temperatureKey, temperatureVelocity
    case topPTime, topPKey, topPVelocity
    case thru, listen, channel, pedalInverted, yield, minNote, maxNote, forget, seed

    /// Nil if no parameter has this name.
    public init?(named name: String) {
        guard let index = Self.declarations.firstIndex(where: { $0.name == name }) else { return nil }
        self.init(rawValue: index)
    }

    public var declaration: ParameterDeclaration { Self.declarations[rawValue] }
}

public struct ParameterDeclaration: Sendable {
    public enum Kind: Sendable {
        case number
        /// Whole numbers only.
        case whole
        /// 0 or 1.
        case toggle
    }

    public let name: String
    public let kind: Kind
    public let unit: String
    public let minimum: Float
    public let maximum: Float
    public let defaultValue: Float
    public let sentence: String

    /// Whether the parameter may take this value.
    public func accepts(_ value: Float) -> Bool {
        value >= minimum && value <= maximum && (kind == .number || value == value.rounded())
    }
}

extension Parameter {
    /// In the order of the cases.
    public static let declarations: [ParameterDeclaration] = [
        toggle("auto", true, "The machine takes over by itself when the player pauses; off: on command only."),
        number(
            "patience", "ms", 0...10_000, 600,
            "Pause after the last note-on and the last key-up before the machine takes over."),
        number("hold", "s", 0.1...60, 2, "Keys or pedal held longer than this count as resting."),
        number(
            "entry", "ms", -1...2000, 150,
            "The reply begins within this time of the take-over; -1: in the model's own time."),
        number("shortest", "s", 0.5...3600, 2, "Least length of a reply."),
        number("longest", "s", 0.5...3600, 20, "Greatest length of a reply, which otherwise is as long as the call."),
        whole("polyphony", "notes", 1...64, 16, "Notes the machine may sound at once."),
        number(
            "temperature-time", "", 0.05...4, 1, "Freedom of timing: below 1 closer to the likeliest, above 1 wilder."),
        number("temperature-key", "", 0.05...4, 1, "Freedom of pitch and of note ends."),
        number("temperature-velocity", "", 0.05...4, 1, "Freedom of dynamics."),
        number("top-p-time", "", 0.01...1, 1, "Timing is drawn from the likeliest choices that make up this share."),
        number("top-p-key", "", 0.01...1, 0.98, "Pitch is drawn from the likeliest choices that make up this share."),
        number(
            "top-p-velocity", "", 0.01...1, 1, "Dynamics are drawn from the likeliest choices that make up this share."),
        toggle("thru", true, "What the player plays goes to the output too, so that the synth hears Continuo alone."),
        whole(
            "listen", "", 0...17, 0,
            "MIDI channels that are heard; 0: all but 10, which is percussion; 1 to 16: that one; 17: all."),
        whole("channel", "", 0...16, 0, "MIDI channel of the machine; 0: the channel the player used last."),
        toggle("pedal-inverted", false, "The sustain pedal is wired the other way: what it sends as up is down."),
        toggle("yield", true, "The machine falls silent when the player strikes a key; off: it plays on along."),
        number(
            "min-note", "ms", 10...500, 30,
            "No note of the machine that it ends itself is shorter; with less, a small network leaves clicks."),
        number("max-note", "s", 0.1...60, 10, "No note of the machine sounds longer than this."),
        number("forget", "s", 1...3600, 60, "After so long a silence the machine starts from a blank memory."),
        whole(
            "seed", "", 0...16_777_215, 0,
            "Chooses the replies: the same seed and the same playing give the same music."),
    ]

    private static func number(
        _ name: String, _ unit: String, _ range: ClosedRange<Float>, _ value: Float, _ sentence: String
    ) -> ParameterDeclaration {
        ParameterDeclaration(
            name: name, kind: .number, unit: unit, minimum: range.lowerBound, maximum: range.upperBound,
            defaultValue: value, sentence: sentence)
    }

    private static func whole(
        _ name: String, _ unit: String, _ range: ClosedRange<Float>, _ value: Float, _ sentence: String
    ) -> ParameterDeclaration {
        ParameterDeclaration(
            name: name, kind: .whole, unit: unit, minimum: range.lowerBound, maximum: range.upperBound,
            defaultValue: value, sentence: sentence)
    }

    private static func toggle(_ name: String, _ value: Bool, _ sentence: String) -> ParameterDeclaration {
        ParameterDeclaration(
            name: name, kind: .toggle, unit: "0/1", minimum: 0, maximum: 1, defaultValue: value ? 1 : 0,
            sentence: sentence)
    }
}

/// A value for each parameter; any thread may hold its own.
public struct ParameterValues: Sendable, BitwiseCopyable {
    // As many as there are cases: a literal is all that the compiler takes here.
    private var values: InlineArray<22, Float>

    /// The defaults.
    public init() {
        values = InlineArray { Parameter.declarations[$0].defaultValue }
    }

    public subscript(_ parameter: Parameter) -> Float {
        get { values[parameter.rawValue] }
        set { values[parameter.rawValue] = newValue }
    }

    /// Unchecked against the range: the sender has done that.
    mutating func set(_ index: Int, to value: Float) { values[index] = value }

    func isOn(_ parameter: Parameter) -> Bool { self[parameter] != 0 }

    /// Whether the player's music on a channel, 0…15, is heard (`listen`).
    public func hears(_ channel: UInt8) -> Bool {
        switch self[.listen] {
        case 0: channel != PlayerChannels.percussion
        case 17: true
        default: channel == UInt8(self[.listen]) &- 1
        }
    }

    /// What the machine's tokens may do anywhere in a reply.
    @_noAllocation @_noLocks func bounds(ticksPerSecond: Int64) -> Bounds {
        var bounds = Bounds.play
        bounds.polyphony = Int(self[.polyphony])
        bounds.shortestNote = max(1, Int64(self[.minNote] * Float(ticksPerSecond) / 1000 + 0.5))
        return bounds
    }
}
