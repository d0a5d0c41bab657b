// REAL-TIME: the pulse of what is played, as oscillators hear it.

import Glibc
import Representation

/// A bank of damped oscillators, 0.8 to 7 Hz, that onsets push (Large & Kolen, "Resonance and the perception of musical meter",
/// 1994): z_f = Σ w_i exp(−(t − t_i)/τ) exp(−iω_f (t − t_i)). Of a steady playing those of its periods stand out.
struct Pulse: BitwiseCopyable {
    static var count: Int { 48 }
    /// z_f: 48 real, 48 imaginary parts.
    private var z = InlineArray<96, Float>(repeating: 0)
    /// How far each oscillator stood out when the player last struck a key, 0…1.
    private var power = InlineArray<48, Float>(repeating: 0)
    private var weight: Float = 0
    private var squares: Float = 0

    private static var decay: Float { 1 / 5.0 }

    static func frequency(_ i: Int) -> Float { 0.8 + 0.13 * Float(i) }

    /// Time passes; ticks of 10 ms.
    mutating func pass(_ ticks: Int) {
        guard ticks > 0 && weight > 0 else { return }
        let maths = Maths()
        let seconds = Float(ticks) / 100
        let kept = maths.exp(-seconds * Self.decay)
        for i in 0..<Self.count {
            let angle = 2 * Float.pi * Self.frequency(i) * seconds
            let (c, s) = (maths.cos(angle) * kept, maths.sin(angle) * kept)
            let (re, im) = (z[i], z[i &+ Self.count])
            z[i] = re * c + im * s
            z[i &+ Self.count] = im * c - re * s
        }
        weight *= kept
        squares *= kept * kept
    }

    mutating func strike(weight: Float, isPlayers: Bool) {
        for i in 0..<Self.count { z[i] += weight }
        self.weight += weight
        squares += weight * weight
        guard isPlayers else { return }
        // By chance the mean resultant is √(Σw²)/Σw long.
        let chance = squares / (self.weight * self.weight)
        for i in 0..<Self.count {
            let (re, im) = (z[i] / self.weight, z[i &+ Self.count] / self.weight)
            let square = re * re + im * im
            power[i] = square > 2 * chance ? Maths().squareRoot(square - 2 * chance) : 0
        }
    }

    /// How much an onset `ticks` from now is expected by the pulse, about −1…1.
    func expectation(in ticks: Int) -> Float {
        let maths = Maths()
        let seconds = Float(ticks) / 100
        var sum: Float = 0
        for i in 0..<Self.count where power[i] > 0 {
            let angle = 2 * Float.pi * Self.frequency(i) * seconds
            let (re, im) = (z[i], z[i &+ Self.count])
            let length = max(maths.squareRoot(re * re + im * im), 1e-9)
            // Re(u · exp(−iωs)) of the unit vector u.
            sum += power[i] * (re * maths.cos(angle) + im * maths.sin(angle)) / length
        }
        return sum
    }
}

extension Maths {
    @_semantics("no_performance_analysis")  // libm
    func exp(_ x: Float) -> Float { expf(x) }
    @_semantics("no_performance_analysis")  // libm
    func cos(_ x: Float) -> Float { cosf(x) }
    @_semantics("no_performance_analysis")  // libm
    func sin(_ x: Float) -> Float { sinf(x) }
    @_semantics("no_performance_analysis")  // libm
    func squareRoot(_ x: Float) -> Float { sqrtf(x) }
}
