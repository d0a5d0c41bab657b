import Performer
import Ports
import Representation
import Score
import Session

/// What the parameters forbade in a program, told from its acts and from what sounded alone.
struct ConstraintFaults {
    private static let scales: [String: Set<Int>] = [
        "major": [0, 2, 4, 5, 7, 9, 11], "minor": [0, 2, 3, 5, 7, 8, 10], "harmonic-minor": [0, 2, 3, 5, 7, 8, 11],
        "melodic-minor": [0, 2, 3, 5, 7, 9, 11], "dorian": [0, 2, 3, 5, 7, 9, 10], "phrygian": [0, 1, 3, 5, 7, 8, 10],
        "lydian": [0, 2, 4, 6, 7, 9, 11], "mixolydian": [0, 2, 4, 5, 7, 9, 10], "locrian": [0, 1, 3, 5, 6, 8, 10],
        "major-pentatonic": [0, 2, 4, 7, 9], "minor-pentatonic": [0, 3, 5, 7, 10], "blues": [0, 3, 5, 6, 7, 10],
        "whole-tone": [0, 2, 4, 6, 8, 10], "octatonic": [0, 2, 3, 5, 6, 8, 9, 11],
    ]
    private static let weights = Parameter.allCases.filter { $0.declaration.name.hasPrefix("weight-") }

    /// What is in force from a frame on.
    private struct Rules {
        var frame: Int64
        var values: ParameterValues
        /// The pitch classes of the chord zone.
        var harmony: Set<Int>?

        func allow(_ key: Int) -> Bool {
            let scale = Parameter.scale.declaration.name(of: values[.scale])!
            let named = scales[scale].map { Set($0.map { ($0 + Int(values[.scaleRoot])) % 12 }) }
            let classes = scale == "held" ? harmony : named
            return classes?.contains(key % 12) ?? true && key >= Int(values[.low]) && key <= Int(values[.high])
                && values[weights[key % 12]] > 0
        }
    }

    private var rules: [Rules]
    /// What was planned for up to so long after a change stands.
    private let grace: Int64
    private let rate: Int64

    /// The chord hand: keys of the zone that are down, by channel, and the chord as it was last struck.
    private struct Chord {
        var down: Set<Int> = []
        var all: Set<Int> = []
        var last: Set<Int>?

        var harmony: Set<Int>? { down.isEmpty ? last : Set(down.map { $0 % 128 % 12 }) }

        mutating func hear(_ event: PlayedEvent, _ split: Int) {
            let (key, note) = (Int(event.key), Int(event.channel) * 128 + Int(event.key))
            switch event.kind {
            case .noteOn where key < split:
                all.insert(note)
                down.formUnion(all.filter { $0 % 128 == key })
                last = harmony
            case .noteOn:
                all.insert(note)
                down = down.filter { $0 % 128 != key }
            case .noteOff:
                all.remove(note)
                down.remove(note)
            case .sustain: break
            }
        }
    }

    private init(_ program: Program, _ values: ParameterValues, human: [(frame: Int64, event: PlayedEvent)]) {
        rate = Int64(program.sampleRate)
        grace = max(rate / 100, Int64(program.cycles.max()!)) + 2
        rules = [Rules(frame: .min, values: values)]
        var (frame, next, played) = (program.start, 0, 0)
        var chord = Chord()
        for size in program.cycles {
            while next < program.acts.count && program.acts[next].frame < frame + Int64(size) {
                switch program.acts[next].act {
                case .control(.parameter(let index, let value)):
                    var values = rules.last!.values
                    values[Parameter(rawValue: Int(index))!] = value
                    rules.append(Rules(frame: frame, values: values, harmony: chord.harmony))
                case .control(.command(.reset)):
                    chord.last = nil
                    rules.append(Rules(frame: frame, values: rules.last!.values, harmony: chord.harmony))
                default: break
                }
                next += 1
            }
            frame += Int64(size)
            while played < human.count && human[played].frame < frame {
                let values = rules.last!.values
                chord.hear(human[played].event, Int(values[.chordSplit]))
                rules.append(Rules(frame: human[played].frame, values: values, harmony: chord.harmony))
                played += 1
            }
        }
    }

    /// Those of which one was in force when a note at `frame` was planned.
    private func rules(at frame: Int64) -> ArraySlice<Rules> {
        let end = rules.lastIndex { $0.frame <= frame }!
        let start = rules.lastIndex { $0.frame <= frame - grace } ?? 0
        return rules[start...end]
    }

    /// The first note that nothing in force allowed, in words.
    static func fault(in rig: Rig, of program: Program, _ values: ParameterValues) -> String? {
        let rate = Int64(program.sampleRate)
        // Times were rounded down to nanoseconds.
        func frame(_ event: PlayedEvent) -> Int64 {
            let (seconds, rest) = event.time.quotientAndRemainder(dividingBy: 1_000_000_000)
            return seconds * rate + (rest * rate + 999_999_999) / 1_000_000_000
        }
        let faults = ConstraintFaults(program, values, human: rig.recorder.human.map { (frame($0), $0) })
        var onsets: [Int64] = []
        var sounding: Set<UInt8> = []
        for event in rig.recorder.machine {
            let frame = frame(event)
            guard event.kind == .noteOn else {
                sounding.remove(event.key)
                continue
            }
            sounding.insert(event.key)
            let rules = faults.rules(at: frame)
            if !rules.contains(where: { $0.allow(Int(event.key)) }) { return "key \(event.key) at \(frame) is barred" }
            let most = rules.map { $0.values[.polyphony] > 0 ? Int($0.values[.polyphony]) : 64 }.max()!
            if sounding.count > most { return "\(sounding.count) notes sound at \(frame), not \(most)" }
            let ceilings = rules.map { $0.values[.notesPerSecond] }
            if let ceiling = ceilings.max(), ceilings.min()! > 0 {
                let (count, window) = (max(Int(ceiling), 1), Int64(Double(rate) / Double(min(ceiling, 1))))
                if onsets.count >= count && onsets[onsets.count - count] + window - 2 > frame {
                    return "more than \(ceiling) notes a second at \(frame)"
                }
            }
            onsets.append(frame)
        }
        return nil
    }
}
