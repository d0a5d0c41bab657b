import Performer
import Ports
import Representation
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

        func allow(_ key: Int) -> Bool {
            let scale = Parameter.scale.declaration.name(of: values[.scale])!
            let classes = scales[scale].map { Set($0.map { ($0 + Int(values[.scaleRoot])) % 12 }) }
            return classes?.contains(key % 12) ?? true && key >= Int(values[.low]) && key <= Int(values[.high])
                && values[weights[key % 12]] > 0
        }
    }

    private var rules: [Rules]
    /// What was planned for up to so long after a change stands.
    private let grace: Int64
    private let rate: Int64

    private init(_ program: Program, _ values: ParameterValues) {
        rate = Int64(program.sampleRate)
        grace = max(rate / 100, Int64(program.cycles.max()!)) + 2
        rules = [Rules(frame: .min, values: values)]
        var (frame, next) = (program.start, 0)
        for size in program.cycles {
            while next < program.acts.count && program.acts[next].frame < frame + Int64(size) {
                if case .control(.parameter(let index, let value)) = program.acts[next].act {
                    var values = rules.last!.values
                    values[Parameter(rawValue: Int(index))!] = value
                    rules.append(Rules(frame: frame, values: values))
                }
                next += 1
            }
            frame += Int64(size)
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
        let faults = ConstraintFaults(program, values)
        let rate = faults.rate
        var onsets: [Int64] = []
        var sounding: Set<UInt8> = []
        for event in rig.recorder.machine {
            // Times were rounded down to nanoseconds.
            let (seconds, rest) = event.time.quotientAndRemainder(dividingBy: 1_000_000_000)
            let frame = seconds * rate + (rest * rate + 999_999_999) / 1_000_000_000
            guard event.kind == .noteOn else {
                sounding.remove(event.key)
                continue
            }
            sounding.insert(event.key)
            let rules = faults.rules(at: frame)
            if !rules.contains(where: { $0.allow(Int(event.key)) }) { return "key \(event.key) at \(frame) is barred" }
            let most = rules.map { Int($0.values[.polyphony]) }.max()!
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
