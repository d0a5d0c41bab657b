// Not real-time: the table of all parameters.

/// A parameter of the instrument, declared once: OSC addresses, `--set`, preset keys, the status report and the documentation
/// all come from this table. The raw value is its id between threads.
public enum Parameter: Int, CaseIterable, Sendable, BitwiseCopyable {
    case auto, patience, hold, entry, shortest, longest, polyphony
    case temperatureTime, temperatureKey, temperatureVelocity
    case topPTime, topPKey, topPVelocity
    case thru, listen, channel, pedalInverted, yield, minNote, maxNote, forget, seed
    case learning, turnTaking
    case mode, length, ending, attract, ceiling
    case similarity, followPulse, followDensity, followPolyphony, followKey, followRegister, followDynamics,
        followRepetition
    case clock, tempo, meter, quantise, bars, grid, swing
    case scale, scaleRoot, low, high, notesPerSecond
    case topKTime, topKKey, topKVelocity, minPTime, minPKey, minPVelocity
    case weightC, weightCSharp, weightD, weightEFlat, weightE, weightF
    case weightFSharp, weightG, weightAFlat, weightA, weightBFlat, weightB
    case transpose, chordSplit

    /// Nil if no parameter has this name.
    public init?(named name: String) {
        guard let index = Self.declarations.firstIndex(where: { $0.name == name }) else { return nil }
        self.init(rawValue: index)
    }

    /// The parameter of this name.
    public static func named(_ name: String) throws(ParameterError) -> Parameter {
        guard let parameter = Parameter(named: name) else { throw .unknown(name) }
        return parameter
    }

    public var declaration: ParameterDeclaration { Self.declarations[rawValue] }

    /// In the order of the cases.
    public static let declarations = allCases.map(\.declared)

    private var declared: ParameterDeclaration {
        switch self {
        case .auto:
            .toggle("auto", true, "The machine takes over by itself when the player pauses; off: on command only.")
        case .patience:
            .number(
                "patience", "ms", 0...10_000, 1500,
                "How long a pause lasts until the machine takes over: in the mean, or with `turn-taking` "
                    + "plain after the last note-on and key-up."
            )
        case .hold:
            .number(
                "hold", "s", 0.1...60, 0.6,
                "With `turn-taking` plain: keys or pedal held longer than this count as resting.")
        case .entry:
            .number(
                "entry", "ms", -1...2000, 150, names: [("free", -1)],
                "The reply begins within this time of the take-over; free: in the model's own time.")
        case .shortest:
            .number("shortest", "s", 0.5...3600, 2, "Least length of a reply.")
        case .longest:
            .number(
                "longest", "s", 0.5...3600, 20, "Greatest length of a reply, which otherwise is as long as the call.")
        case .polyphony:
            .whole(
                "polyphony", "notes", 0...64, 16, names: [("auto", 0)],
                "Notes the machine may sound at once; auto: as many as the player did of late.")
        case .temperatureTime:
            .number(
                "temperature-time", "", 0.05...4, 1,
                "Freedom of timing: below 1 closer to the likeliest, above 1 wilder; how dense it is stays the same.")
        case .temperatureKey:
            .number("temperature-key", "", 0.05...4, 1, "Freedom of pitch and of note ends.")
        case .temperatureVelocity:
            .number("temperature-velocity", "", 0.05...4, 1, "Freedom of dynamics.")
        case .topPTime:
            .number(
                "top-p-time", "", 0.01...1, 1, "Timing is drawn from the likeliest choices that make up this share.")
        case .topPKey:
            .number(
                "top-p-key", "", 0.01...1, 0.98, "Pitch is drawn from the likeliest choices that make up this share.")
        case .topPVelocity:
            .number(
                "top-p-velocity", "", 0.01...1, 1,
                "Dynamics are drawn from the likeliest choices that make up this share.")
        case .thru:
            .toggle(
                "thru", true, "What the player plays goes to the output too, so that the synth hears Continuo alone.")
        case .listen:
            .whole(
                "listen", "", 0...17, 0, names: [("all-but-10", 0), ("all", 17)],
                "MIDI channels that are heard; all-but-10: all but percussion; 1 to 16: that one.")
        case .channel:
            .whole(
                "channel", "", 0...16, 0, names: [("as-player", 0)],
                "MIDI channel of the machine; as-player: the one that the player used last.")
        case .pedalInverted:
            .toggle("pedal-inverted", false, "The sustain pedal is wired the other way: what it sends as up is down.")
        case .yield:
            .choice(
                "yield", ["never", "at-once", "finish", "fade"], 1, aliases: [("off", 0), ("on", 1)],
                "What the machine does in its turn when the player strikes a key; at-once: its notes end on that frame; "
                    + "finish: as they would; fade: one after the other; never: it plays on.")
        case .minNote:
            .number(
                "min-note", "ms", 10...500, 30,
                "No note of the machine that it ends itself is shorter; with less, a small network leaves clicks.")
        case .maxNote:
            .number("max-note", "s", 0.1...60, 10, "No note of the machine sounds longer than this.")
        case .forget:
            .number("forget", "s", 1...3600, 60, "After so long a silence the machine starts from a blank memory.")
        case .seed:
            .whole(
                "seed", "", 0...16_777_215, 0,
                "Chooses the replies: the same seed and the same playing give the same music.")
        case .learning:
            .number(
                "learning", "", 0...1, 1,
                "How much of what it learns from the player's playing the machine uses; 0: it learns nothing.")
        case .mode:
            .choice(
                "mode", ["reply", "endless", "duet", "follow", "listen", "bypass"], 0,
                "What the machine does: it answers; answers and plays on; plays along; answers each key; hears only; "
                    + "not even that.")
        case .length:
            .choice(
                "length", ["call", "seconds", "phrase"], 0,
                "How long a reply is: as the call; `longest`; to the first resting point after `shortest`.")
        case .attract:
            .number(
                "attract", "s", 0...3600, 0,
                "After so long a silence with no key held the machine begins by itself; 0: never.")
        case .ceiling:
            .whole("ceiling", "", 1...127, 127, "The greatest velocity of the machine's notes.")
        case .ending:
            .number(
                "ending", "", 0...1, 1,
                "How much a reply looks for a resting point near its length, from 70 % to 130 % of it at 1; 0: it stops."
            )
        case .similarity:
            .number(
                "similarity", "", 0...1, 1,
                "How much the machine follows what the player does, in all; it scales each of the follow- parameters.")
        case .followPulse:
            .number(
                "follow-pulse", "", 0...1, 0.6, "How much the machine keeps to the pulse and the rhythm of the player.")
        case .followDensity:
            .number("follow-density", "", 0...1, 0.6, "How much it keeps to the player's number of notes a second.")
        case .followPolyphony:
            .number(
                "follow-polyphony", "", 0...1, 0.6,
                "How much it keeps to the number of notes that the player sounds at once.")
        case .followKey:
            .number("follow-key", "", 0...1, 0.6, "How much it keeps to the pitch classes that the player uses.")
        case .followRegister:
            .number("follow-register", "", 0...1, 0.6, "How much it keeps to the player's register.")
        case .followDynamics:
            .number("follow-dynamics", "", 0...1, 0.6, "How much it keeps to the player's loudness.")
        case .followRepetition:
            .number(
                "follow-repetition", "", 0...1, 0.6,
                "How much it avoids striking keys again more often than the player does.")
        case .clock:
            .choice(
                "clock", ["internal", "midi", "jack"], 0,
                "Who gives the beat: `tempo` and `meter`, the MIDI clock at the input, or JACK's transport.")
        case .tempo:
            .number(
                "tempo", "bpm", 1...999, 120,
                "Quarter notes a minute of the internal clock, until somebody taps another.")
        case .meter:
            .choice(
                "meter", MeterChoice.allCases.map { "\($0.meter.numerator)/\($0.meter.denominator)" },
                Float(MeterChoice.common.rawValue),
                "Beats of a bar, where the clock does not say.")
        case .quantise:
            .choice(
                "quantise", ["off", "beat", "bar"], 0,
                "A reply begins on the next line of the beat; bar: on the next bar line, and lasts whole bars.")
        case .bars:
            .whole(
                "bars", "bars", 0...64, 0, names: [("as-call", 0)],
                "Length of a reply; as-call: by `length`, with `quantise` bar in whole bars.")
        case .grid:
            .choice(
                "grid", GridChoice.allCases.map(\.name), 0,
                "The machine's notes begin on these lines of the beat only; t: triplets.")
        case .swing:
            .number(
                "swing", "", 0.5...0.75, 0.5,
                "Where every second line of the grid lies between its neighbours; triplets know none.")
        case .scale:
            .choice(
                "scale", Scale.allCases.map(\.name), 0,
                "The machine strikes keys of this scale only; held: of the chord in the chord zone.")
        case .scaleRoot: .choice("scale-root", PitchClasses.names, 0, "The note that the scale begins on.")
        case .low: .whole("low", "", 0...127, 0, "The lowest key that the machine strikes; 60 is middle C.")
        case .high: .whole("high", "", 0...127, 127, "The highest key that the machine strikes.")
        case .notesPerSecond:
            .number(
                "notes-per-second", "", 0...64, 0, names: [("off", 0)],
                "The machine begins no more notes than this within any second.")
        case .topKTime: .topK("time", "Timing")
        case .topKKey: .topK("key", "Pitch")
        case .topKVelocity: .topK("velocity", "Dynamics")
        case .minPTime: .minP("time", "Timing")
        case .minPKey: .minP("key", "Pitch")
        case .minPVelocity: .minP("velocity", "Dynamics")
        case .weightC, .weightCSharp, .weightD, .weightEFlat, .weightE, .weightF, .weightFSharp, .weightG, .weightAFlat,
            .weightA, .weightBFlat, .weightB:
            .weight(of: PitchClasses.names[rawValue - Parameter.weightC.rawValue])
        case .transpose:
            .whole(
                "transpose", "semitones", -24...24, 0,
                "How much higher than the player the machine plays: as if the player had played that much higher.")
        case .chordSplit:
            .whole(
                "chord-split", "", 0...127, 0, names: [("off", 0)],
                "Keys below this one are the chord hand's: they neither call the machine nor interrupt it.")
        case .turnTaking:
            .choice(
                "turn-taking", ["plain", "learnt"], 1,
                "When the machine takes over; learnt: by hands, pedal and rhythm; plain: by `patience` and `hold`.")
        }
    }
}

extension ParameterDeclaration {
    fileprivate static func topK(_ role: String, _ subject: String) -> Self {
        .whole(
            "top-k-\(role)", "", 0...128, 0, names: [("off", 0)],
            "\(subject): drawn from so many of the likeliest choices.")
    }

    fileprivate static func minP(_ role: String, _ subject: String) -> Self {
        .number(
            "min-p-\(role)", "", 0...1, 0,
            "\(subject): nothing is drawn that is less likely than this share of the likeliest choice.")
    }

    fileprivate static func weight(of note: String) -> Self {
        .number(
            "weight-\(note)", "", 0...4, 1, "How likely the machine strikes this note, beside the others; 0: never.")
    }
}
