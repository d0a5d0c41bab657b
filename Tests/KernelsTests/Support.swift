/// What the tests of Kernels share: every kernel of every variant that this CPU runs against plain loops in Double.
import Glibc
import Kernels
import Random
import Testing

/// Whether CONTINUO_KERNELS chooses, as it does in the processes that `VariantTests` starts.
let isForced = getenv("CONTINUO_KERNELS") != nil

/// All that this CPU runs, or the one that the environment forces.
let variants = isForced ? [try! KernelTable.best().variant] : KernelVariant.allCases.filter(\.isSupported)

func table(_ variant: KernelVariant) throws -> KernelTable {
    let table = isForced ? try KernelTable.best() : try KernelTable.table(variant)
    try #require(table.variant == variant)
    return table
}

/// The same numbers on every machine.
struct Numbers {
    private var numbers: SplitMix64

    init(_ seed: UInt64) { numbers = SplitMix64(seed: seed) }

    mutating func next() -> UInt64 { numbers.next() }

    mutating func next(below bound: Int) -> Int { Int(next() % UInt64(bound)) }

    /// −1…1.
    mutating func unit() -> Float { Float(Int32(truncatingIfNeeded: next() >> 32)) / 0x8000_0000 }

    mutating func array(_ count: Int, scale: Float = 1) -> [Float] { (0..<count).map { _ in scale * unit() } }
}

func roundedUp(_ count: Int) -> Int { (count + 15) / 16 * 16 }

/// The largest distance, infinite if one side is NaN or longer.
func largestDifference(_ a: some Collection<Float>, _ b: some Collection<Double>) -> Double {
    guard a.count == b.count else { return .infinity }
    return zip(a, b).reduce(0) { largest, pair in
        let difference = abs(Double(pair.0) - pair.1)
        return difference.isNaN ? .infinity : max(largest, difference)
    }
}
