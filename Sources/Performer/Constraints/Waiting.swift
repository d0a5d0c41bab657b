// REAL-TIME (improviser): the temperature of time (`temperature-time`).

import Representation

/// Reshapes the distribution of waits and keeps their mean, so that a temperature makes the rhythm plainer or wilder, but not
/// denser or sparser: plain softmax at a low temperature prefers the commonest waits, which are the short ones.
///
/// q(0) = p(0), and for t > 0 q(t) ∝ p(t)^(1/T) exp(λt), with λ such that Σ t q(t) = Σ t p(t).
struct Waiting {
    private let mind: MindView
    private let field: Int
    private let mask: Mask
    private let temperature: Float

    init(_ mind: MindView, _ field: Int, _ mask: Mask, temperature: Float) {
        (self.mind, self.field, self.mask, self.temperature) = (mind, field, mask, temperature)
    }

    /// The moments of the waits, 0 left out.
    private struct Moments {
        /// Relative to exp(top).
        var mass: Float = 0
        var mean: Float = 0
        var variance: Float = 0
    }

    /// Of exp(logit / T + λt).
    private func moments(_ temperature: Float, tilt: Float) -> (top: Float, Moments) {
        var top = -Float.infinity
        for value in 0..<mask.classes where mask.contains(value) {
            if let ticks = wait(value), ticks > 0 { top = max(top, mind.logits[value] / temperature + tilt * ticks) }
        }
        var moments = Moments()
        guard top.isFinite else { return (top, moments) }
        for value in 0..<mask.classes where mask.contains(value) {
            guard let ticks = wait(value), ticks > 0 else { continue }
            let share = Maths().exp(mind.logits[value] / temperature + tilt * ticks - top)
            moments.mass += share
            moments.mean += share * ticks
            moments.variance += share * ticks * ticks
        }
        moments.mean /= moments.mass
        moments.variance = max(moments.variance / moments.mass - moments.mean * moments.mean, 0)
        return (top, moments)
    }

    private func wait(_ value: Int) -> Float? {
        guard case .shift(let ticks) = mind.tables.meaning(field, value) else { return nil }
        return Float(ticks)
    }

    /// Changes the logits to what is to be drawn at temperature 1.
    /// - Returns: false, and nothing is changed, if the field's classes are not all waits.
    func reshape() -> Bool {
        for value in 0..<mask.classes where mask.contains(value) {
            guard wait(value) != nil else { return false }
        }
        let (top, plain) = moments(1, tilt: 0)
        guard top.isFinite else { return true }
        let tilt = tilt(keeping: plain.mean)
        let (newTop, new) = moments(temperature, tilt: tilt)
        // Both have the mass that they had beside 0.
        let shift = top + Maths().plainLog(plain.mass) - newTop - Maths().plainLog(new.mass)
        for value in 0..<mask.classes where mask.contains(value) {
            guard let ticks = wait(value), ticks > 0 else { continue }
            mind.logits[value] = mind.logits[value] / temperature + tilt * ticks + shift
        }
        return true
    }

    /// λ, by Newton's method within a bracket.
    private func tilt(keeping mean: Float) -> Float {
        var (low, high, tilt): (Float, Float, Float) = (-256, 256, 0)
        for _ in 0..<24 {
            let (_, now) = moments(temperature, tilt: tilt)
            guard abs(now.mean - mean) > 0.005 * mean else { break }
            if now.mean < mean { low = tilt } else { high = tilt }
            let newton = tilt + (mean - now.mean) / max(now.variance, 1e-6)
            tilt = newton > low && newton < high ? newton : (low + high) / 2
        }
        return tilt
    }
}
