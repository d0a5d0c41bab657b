/// The purpose of this room: input that means harm, as tables of cases and as damage done at random, for all the tests that
/// need some. Nothing but tests uses it.
///
/// This file: damage at random, the same in every run.

import Random

public struct Damage: RandomNumberGenerator {
    private var numbers: SplitMix64

    public init(seed: UInt64) { numbers = SplitMix64(seed: seed) }

    public mutating func next() -> UInt64 { numbers.next() }

    public mutating func bytes(_ count: ClosedRange<Int>) -> [UInt8] {
        (0..<Int.random(in: count, using: &self)).map { _ in .random(in: 0...255, using: &self) }
    }

    /// Bytes at which parsers change their mind.
    private static let edges: [UInt8] = [0, 1, 0x7F, 0x80, 0xC0, 0xFF] + Array("\"\\{}[],:=#/.-+eE09\n\t ".utf8)

    /// A copy with one to four places changed, cut out, doubled or put in, or the end cut off.
    public mutating func damaged(_ original: [UInt8]) -> [UInt8] {
        var bytes = original
        for _ in 0..<Int.random(in: 1...4, using: &self) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &self)
            let end = min(bytes.count, place + Int.random(in: 1...16, using: &self))
            switch Int.random(in: 0..<8, using: &self) {
            case 0: bytes[place] = .random(in: 0...255, using: &self)
            case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &self)
            case 2, 3: bytes[place] = Self.edges.randomElement(using: &self)!
            case 4: bytes.insert(Self.edges.randomElement(using: &self)!, at: place)
            case 5: bytes.removeSubrange(place..<end)
            case 6: bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &self))
            default: bytes.removeSubrange(place...)
            }
        }
        return bytes
    }
}
