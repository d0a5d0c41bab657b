// REAL-TIME (improviser): the pulse of what is played, as oscillators hear it.

import Glibc

/// A bank of damped oscillators, 0.75 to 6.6 Hz, that onsets push (Large & Kolen, "Resonance and the perception of musical
/// meter", 1994): z_k = Σ w exp(−(t − t_i)/τ) exp(iω_k t_i). Of a steady playing those of its periods stand out.
package struct Pulse: BitwiseCopyable {
    private static var count: Int { 48 }
    /// The lowest frequency, in steps of 1/8 Hz.
    private static var first: Int { 6 }
    /// Seconds until a push has faded to 1/e.
    private static var memory: Float { 5 }

    private var re = InlineArray<48, Float>(repeating: 0)
    private var im = InlineArray<48, Float>(repeating: 0)
    private var weight: Float = 0
    private var squares: Float = 0
    private var time: Int64 = 0
    /// Those that stood out most when the player last struck a key, and how far, 0…1.
    private var strongest = InlineArray<8, Int>(repeating: 0)
    private var power = InlineArray<8, Float>(repeating: 0)

    package init() {}

    /// An onset at `time`, in hundredths of a second.
    package mutating func push(at time: Int64, _ circle: Circle, isPlayers: Bool) {
        let maths = Maths()
        let kept = maths.exp(-Float(time &- self.time) / (100 * Self.memory))
        self.time = time
        let place = circle.place(time)
        for k in 0..<Self.count {
            let unit = circle[circle.step((k &+ Self.first) &* place)]
            re[k] = re[k] * kept + unit.x
            im[k] = im[k] * kept + unit.y
        }
        weight = weight * kept + 1
        squares = squares * kept * kept + 1
        if isPlayers { choose() }
    }

    private mutating func choose() {
        power = InlineArray<8, Float>(repeating: 0)
        // By chance the mean of unit vectors is √(Σw²)/Σw long.
        let chance = 3 * squares / (weight * weight)
        for k in 0..<Self.count {
            let square = (re[k] * re[k] + im[k] * im[k]) / (weight * weight) - chance
            guard square > 0 else { continue }
            let standing = Maths().squareRoot(square)
            var place = 8
            while place > 0 && power[place &- 1] < standing {
                place &-= 1
                guard place < 7 else { continue }
                (power[place &+ 1], strongest[place &+ 1]) = (power[place], strongest[place])
            }
            if place < 8 { (power[place], strongest[place]) = (standing, k) }
        }
    }

    /// Adds how much an onset is expected at each of the next `Expectations.count` hundredths of a second, from `time` on:
    /// Σ p_k cos(ω_k t − arg z_k), about −1…1.
    package func expect(from time: Int64, _ circle: Circle, into expectations: inout Expectations) {
        for i in 0..<8 where power[i] > 0 {
            let k = strongest[i]
            let length = Maths().squareRoot(re[k] * re[k] + im[k] * im[k]) + 1e-9
            let (x, y) = (power[i] * re[k] / length, power[i] * im[k] / length)
            let stride = k &+ Self.first
            var step = circle.step(stride &* circle.place(time))
            for t in 0..<Expectations.count {
                let unit = circle[step]
                expectations[t] += x * unit.x + y * unit.y
                step &+= stride
                if step >= Circle.count { step &-= Circle.count }
            }
        }
    }
}

/// How much an onset is expected at each hundredth of a second from now on.
package struct Expectations: BitwiseCopyable {
    package static var count: Int { 128 }
    private var values = InlineArray<128, Float>(repeating: 0)

    package init() {}

    /// - Parameter hundredths: beyond the last nothing is expected more than anything else.
    package subscript(_ hundredths: Int) -> Float {
        get { hundredths < Self.count ? values[hundredths] : 0 }
        set { values[hundredths] = newValue }
    }
}

/// The unit circle in 800 steps: exp(iω t) of every multiple of 1/8 Hz at every hundredth of a second. A handle.
package struct Circle: @unchecked Sendable {
    // Unchecked: nobody writes to it once it is made.
    static var count: Int { 800 }
    private let units: UnsafeMutablePointer<SIMD2<Float>>

    /// - Thread: control; whoever makes it deallocates it
    package init() {
        units = .allocate(capacity: Self.count)
        for i in 0..<Self.count {
            let angle = 2 * Double.pi * Double(i) / Double(Self.count)
            (units + i).initialize(to: SIMD2(Float(cos(angle)), Float(sin(angle))))
        }
    }

    package func deallocate() { units.deallocate() }

    /// A time, in hundredths of a second, in the eight seconds after which all repeats.
    func place(_ time: Int64) -> Int { Int(time % Int64(Self.count)) }

    func step(_ product: Int) -> Int { product % Self.count }

    /// - Parameter step: 0 ..< `count`.
    subscript(_ step: Int) -> SIMD2<Float> { units[step] }
}
