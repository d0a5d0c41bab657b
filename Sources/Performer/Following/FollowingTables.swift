// REAL-TIME (improviser): what following looks up.

import Glibc
import Representation

/// Tables made with the mind. A handle.
struct FollowingTables: @unchecked Sendable {
    // Unchecked: nobody writes to it once it is made.
    private let meanings: UnsafeMutablePointer<Meaning>
    private let starts: InlineArray<4, Int>
    private let logarithms: UnsafeMutablePointer<Float>
    private let binOfHundredths: UnsafeMutablePointer<UInt8>
    private let ticksPerSecond: Int64
    let fieldCount: Int
    let circle = Circle()

    private static var longest: Int { 1024 }
    /// Bins of inter-onset intervals, six an octave from 40 ms on.
    static var bins: Int { 36 }

    /// - Thread: control; whoever makes it deallocates it
    init(_ type: any Representation.Type) {
        let fields = type.fields
        var starts = InlineArray<4, Int>(repeating: 0)
        var count = 0
        for (index, field) in fields.enumerated() {
            starts[index] = count
            count += field.classes
        }
        (self.starts, fieldCount, ticksPerSecond) = (starts, fields.count, Int64(type.ticksPerSecond))
        meanings = .allocate(capacity: count)
        logarithms = .allocate(capacity: Self.longest)
        binOfHundredths = .allocate(capacity: Self.longest)
        for (index, field) in fields.enumerated() {
            for value in 0..<field.classes {
                (meanings + starts[index] + value).initialize(to: type.meaning(of: value, in: index))
            }
        }
        for i in 0..<Self.longest {
            (logarithms + i).initialize(to: logf(1 + Float(i) * 100 / Float(type.ticksPerSecond)))
            let bin = (6 * log2(Float(max(i, 4)) / 4)).rounded()
            (binOfHundredths + i).initialize(to: UInt8(min(Int(bin), Self.bins - 1)))
        }
    }

    func deallocate() {
        meanings.deallocate()
        logarithms.deallocate()
        binOfHundredths.deallocate()
        circle.deallocate()
    }

    func meaning(_ field: Int, _ value: Int) -> Meaning { meanings[starts[field] &+ value] }

    /// ln(1 + t), t being so many ticks in hundredths of a second.
    func logarithm(_ ticks: Int) -> Float { logarithms[min(ticks, Self.longest &- 1)] }

    func bin(_ hundredths: Int64) -> Int {
        Int(binOfHundredths[Int(max(0, min(hundredths, Int64(Self.longest &- 1))))])
    }

    /// The interval in the middle of a bin.
    static func hundredths(ofBin bin: Int) -> Int64 {
        // 2^(k/6) in 1024ths.
        let steps: InlineArray<6, Int64> = [1024, 1149, 1290, 1448, 1625, 1825]
        return (steps[bin % 6] &* 4) &<< Int64(bin / 6) / 1024
    }

    func hundredths(_ ticks: Int64) -> Int64 { ticks &* 100 / ticksPerSecond }
}
