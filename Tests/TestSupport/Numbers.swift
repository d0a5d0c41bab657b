/// Random numbers that are the same in every run and on every machine.
import Random

public typealias Dice = SplitMix64

public struct Numbers {
    private var numbers: SplitMix64

    public init(_ seed: UInt64) { numbers = SplitMix64(seed: seed) }

    public mutating func next() -> UInt64 { numbers.next() }

    public mutating func next(below bound: Int) -> Int { Int(next() % UInt64(bound)) }

    /// −1…1.
    public mutating func unit() -> Float { Float(Int32(truncatingIfNeeded: next() >> 32)) / 0x8000_0000 }

    public mutating func array(_ count: Int, scale: Float = 1) -> [Float] { (0..<count).map { _ in scale * unit() } }
}
