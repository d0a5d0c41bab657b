// REAL-TIME (improviser): the memory of learning. It is made once for each listener, which is not real-time.

import Kernels

/// Pointers into the memory that an `AdaptationMemory` owns.
struct AdaptationPlaces {
    let books: UnsafeMutablePointer<Adaptation.Bookkeeping>
    let rows: UnsafeMutablePointer<FieldRow>
    /// [fields][segment]
    let legal: UnsafeMutablePointer<SIMD8<UInt64>>
    let targets: UnsafeMutablePointer<Int32>
    /// [segment][inputs], and S⁻¹ times that.
    let x: UnsafeMutablePointer<Float>
    let v: UnsafeMutablePointer<Float>
    /// D and E, [fields][width / 16][inputs][16].
    let fast: UnsafeMutablePointer<Float>
    let slow: UnsafeMutablePointer<Float>
    /// [3][segment][width]
    let z: UnsafeMutablePointer<Float>
    /// [segment][width]
    let dz: UnsafeMutablePointer<Float>
    /// [segment][fields][width]
    let u: UnsafeMutablePointer<Float>
    /// [3][segment][classes rounded up]
    let logits: UnsafeMutablePointer<Float>
    /// [2][segment], and one part more.
    let nats: UnsafeMutablePointer<Float>
    /// The length of the last step of each field, before it was shortened.
    let norms: UnsafeMutablePointer<Float>
    let playedBase: UnsafeMutableRawPointer
    let playedBytes: Int

    @_noAllocation @_noLocks
    func played(_ index: Int) -> UnsafeMutableRawPointer { playedBase + index &* playedBytes }
}

/// What is learnt in one stream. Keep it as long as its `adaptation` is used.
/// - Thread: control, one at a time
public final class AdaptationMemory {
    /// For the real-time thread.
    public let adaptation: Adaptation
    private let network: Network
    private let memory: UnsafeMutableRawPointer

    /// Nothing is learnt yet, and with `setScale` at 0 nothing will be. Nil for a network that cannot learn.
    public init?(_ network: Network) {
        guard let constants = network.adaptation else { return nil }
        self.network = network
        let (fields, inputs, width) = (constants.fields, constants.inputs, constants.width)
        let segment = Adaptation.segment
        let stride = (0..<fields).map { network.engine.logitCount($0) }.max()!
        let counts = [
            segment * inputs, segment * inputs, constants.count, constants.count, 3 * segment * width, segment * width,
            segment * fields * width, 3 * segment * stride, 3 * segment, fields,
        ]
        let played = fields * constants.playedHeadBytes
        let sizes =
            [
                MemoryLayout<Adaptation.Bookkeeping>.stride, segment * MemoryLayout<FieldRow>.stride,
                fields * segment * 64,
                fields * segment * 4,
            ] + counts.map { $0 * 4 } + [2 * played]
        var starts: [Int] = []
        let byteCount = sizes.reduce(0) { start, size in
            starts.append(start)
            return (start + size + 63) & ~63
        }
        memory = .allocate(byteCount: byteCount, alignment: 64)
        // Touched now, so that no page is missing later.
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        let base = memory
        func floats(_ part: Int) -> UnsafeMutablePointer<Float> {
            (base + starts[part]).assumingMemoryBound(to: Float.self)
        }
        let books = (base + starts[0]).assumingMemoryBound(to: Adaptation.Bookkeeping.self)
        books.initialize(to: Adaptation.Bookkeeping())
        adaptation = Adaptation(
            engine: network.engine, kernels: constants.kernels, constants: constants,
            memory: AdaptationPlaces(
                books: books, rows: (base + starts[1]).assumingMemoryBound(to: FieldRow.self),
                legal: (base + starts[2]).assumingMemoryBound(to: SIMD8<UInt64>.self),
                targets: (base + starts[3]).assumingMemoryBound(to: Int32.self), x: floats(4), v: floats(5),
                fast: floats(6), slow: floats(7), z: floats(8), dz: floats(9), u: floats(10), logits: floats(11),
                nats: floats(12), norms: floats(13), playedBase: base + starts[14], playedBytes: played))
    }

    deinit { memory.deallocate() }

    /// The length of each field's last step, before it was shortened.
    package var lastNorms: [Float] { (0..<adaptation.constants.fields).map { adaptation.memory.norms[$0] } }

    /// E_k, [headWidth, inputs] of the true widths, for tests.
    package func learnt(_ field: Int) -> [[Float]] {
        let constants = adaptation.constants
        let c = network.configuration
        let hidden = roundedUp(c.hidden)
        return (0..<c.headWidth).map { row in
            (0..<constants.inputs).filter { $0 % hidden < c.hidden }.map { column in
                let panel = (field * constants.width + row & ~15) * constants.inputs
                return adaptation.memory.books.pointee.isStale
                    ? 0 : adaptation.memory.slow[panel + column * 16 + row & 15]
            }
        }
    }
}
