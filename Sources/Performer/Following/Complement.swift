// REAL-TIME (improviser): the machine leaves room for a player who plays at the same time.

import Representation

/// Biases on the logits of a draw while the machine plays along (`mode` duet): away from the player's hands, fewer notes
/// where they play many. After `Following`.
struct Complement: BitwiseCopyable {
    /// - Parameter held: the keys under the player's fingers.
    func bias(_ mind: MindView, _ field: Int, held: KeySet) {
        let habits = mind.planner.habits
        guard habits.pointee.notes > 0, mind.planner.representation.role(field) == .pitch else { return }
        // Three notes a second are neither many nor few.
        let busy = max(-1, min(1, Maths().log(habits.pointee.density / 3)))
        let middle = habits.pointee.key.mean
        for value in 0..<mind.planner.representation.classCount(field) {
            guard case .strike(let key) = mind.tables.meaning(field, value) else { continue }
            let distance = abs(Float(key) - middle)
            var bias = -0.7 * busy - 1.2 * max(0, 1 - distance / 7)
            for near in max(0, Int(key) &- 2)...min(127, Int(key) &+ 2) where held.contains(near) { bias -= 0.8 }
            mind.logits[value] += bias
        }
    }
}
