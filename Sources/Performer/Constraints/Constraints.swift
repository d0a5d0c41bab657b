// REAL-TIME (improviser): which keys the machine may strike.

import Representation

/// What the parameters and the chord zone make of the keys: some are barred, of the others some are likelier. Made anew when
/// a parameter or the harmony changes, so a draw only looks it up.
struct Constraints: BitwiseCopyable {
    /// Keys the machine may not strike, on any account.
    private(set) var barred = KeySet()
    /// Natural logarithm of each pitch class's weight over the mean of those that are not 0.
    private var biases = InlineArray<12, Float>(repeating: 0)
    private var isWeighing = false

    /// None.
    init() {}

    /// - Parameter harmony: the pitch classes of the chord zone; nil if there are none.
    init(_ values: ParameterValues, harmony: PitchClasses?) {
        let classes = Self.classes(values, harmony)
        let (low, high) = (Int(values[.low]), Int(values[.high]))
        let mean = Self.meanWeight(values)
        for key in 0..<128 where key < low || key > high || !classes.contains(key) || values.weight(key % 12) == 0 {
            barred.insert(key)
        }
        for i in 0..<12 where values.weight(i) != mean && values.weight(i) > 0 {
            biases[i] = Maths().plainLog(values.weight(i) / mean)
            isWeighing = true
        }
    }

    private static func classes(_ values: ParameterValues, _ harmony: PitchClasses?) -> PitchClasses {
        let scale = Scale(rawValue: Int(values[.scale])) ?? .off
        if case .held = scale { return harmony ?? .all }
        return scale.onC?.raised(by: Int(values[.scaleRoot])) ?? .all
    }

    private static func meanWeight(_ values: ParameterValues) -> Float {
        var (sum, count): (Float, Float) = (0, 0)
        for i in 0..<12 where values.weight(i) > 0 {
            sum += values.weight(i)
            count += 1
        }
        return sum / max(count, 1)
    }

    /// Makes the strikes of weighty pitch classes likelier in the logits of a draw.
    func bias(_ mind: MindView, _ field: Int) {
        guard isWeighing else { return }
        for value in 0..<mind.planner.representation.classCount(field) {
            guard case .strike(let key) = mind.tables.meaning(field, value) else { continue }
            mind.logits[value] += biases[Int(key) % 12]
        }
    }
}

extension ParameterValues {
    /// The weight of a pitch class, 0…11.
    func weight(_ pitchClass: Int) -> Float { self[Parameter.weightC.rawValue &+ pitchClass] }
}
