import Glibc
import Representation

extension Augmentation {
    /// - Parameter keys: the piece's lowest and highest, which stay within 0…127.
    func drawn(seed: UInt64, epoch: Int, entry: Int, keys: ClosedRange<Int>?) -> Draw {
        func between(_ bound: Int, _ purpose: Purpose) -> Int {
            draw(below: 2 * bound + 1, seed, purpose, epoch, entry) - bound
        }
        var result = Draw(transposition: between(transposition, .transposition), velocity: between(velocity, .velocity))
        if let keys { result.transposition = min(max(result.transposition, -keys.lowerBound), 127 - keys.upperBound) }
        if tempo > 0 {
            let side = Double(2 * uniform(seed, .tempo, epoch, entry) - 1)
            result.stretch = exp(side * log(1 + tempo))
        }
        return result
    }
}
