import Glibc
import Network
import Score

/// A training run frozen between two updates: everything that the next update depends on.
///
/// Flat binary, little-endian: magic, version, then counted blocks. Written to a temporary file, synced, renamed.
package struct Checkpoint: Equatable, Sendable {
    private static let magic: UInt64 = 0x3154_504B_4F4E_5443  // "CTNOKPT1"

    /// The recipe's text, so that a run goes on as it began.
    package var recipe: String
    package var updates: Int
    package var positions: [Int]
    package var weights: [Float]
    package var firstMoment: [Float]
    package var secondMoment: [Float]
    /// Per layer hidden then cell states of all streams.
    package var states: [Float]

    /// Whole or not at all.
    package func write(_ path: String) throws(FileError) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16 * weights.count + 4 * states.count + 65536)
        func append(_ number: UInt64) { withUnsafeBytes(of: number.littleEndian) { bytes += $0 } }
        func append(_ floats: [Float]) {
            append(UInt64(floats.count))
            floats.withUnsafeBytes { bytes += $0 }
        }
        append(Self.magic)
        append(UInt64(recipe.utf8.count))
        bytes += Array(recipe.utf8)
        append(UInt64(updates))
        append(UInt64(positions.count))
        for position in positions { append(UInt64(bitPattern: Int64(position))) }
        for block in [weights, firstMoment, secondMoment, states] { append(block) }
        append(Self.magic)
        try writeAtomically(bytes, to: path)
    }

    package init(
        recipe: String, updates: Int, positions: [Int], weights: [Float], firstMoment: [Float],
        secondMoment: [Float], states: [Float]
    ) {
        self.recipe = recipe
        self.updates = updates
        self.positions = positions
        self.weights = weights
        self.firstMoment = firstMoment
        self.secondMoment = secondMoment
        self.states = states
    }

    /// Whether the file begins as a checkpoint does.
    static func isCheckpoint(_ path: String) -> Bool {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        var first = UInt64(0)
        return read(file, &first, 8) == 8 && UInt64(littleEndian: first) == magic
    }

    /// - Throws: `FileError`, or `TrainingError.checkpoint` with the byte that does not fit.
    package init(path: String) throws {
        let bytes = try readFile(path, limit: 1 << 32)
        var at = 0
        func fail(_ problem: String) -> TrainingError { .checkpoint(path: path, problem: "byte \(at): \(problem)") }
        func number() throws -> UInt64 {
            guard bytes.count - at >= 8 else { throw fail("the file ends too early") }
            defer { at += 8 }
            return bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: at, as: UInt64.self)) }
        }
        func count(of size: Int) throws -> Int {
            let value = try number()
            guard value <= UInt64((bytes.count - at) / size) else { throw fail("a block of \(value) does not fit") }
            return Int(value)
        }
        func floats() throws -> [Float] {
            let count = try count(of: 4)
            defer { at += 4 * count }
            return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
                bytes.withUnsafeBytes {
                    UnsafeMutableRawBufferPointer(buffer).copyMemory(from: .init(rebasing: $0[at..<at + 4 * count]))
                }
                initialized = count
            }
        }
        guard try number() == Self.magic else { throw fail("this is no checkpoint of continuo") }
        let textCount = try count(of: 1)
        recipe = String(decoding: bytes[at..<at + textCount], as: UTF8.self)
        at += textCount
        updates = Int(truncatingIfNeeded: try number())
        positions = try (0..<count(of: 8)).map { _ in Int(truncatingIfNeeded: Int64(bitPattern: try number())) }
        weights = try floats()
        firstMoment = try floats()
        secondMoment = try floats()
        states = try floats()
        guard try number() == Self.magic, at == bytes.count, updates >= 0 else {
            throw fail("the end is not where it should be")
        }
    }
}

extension Learner {
    /// Between updates.
    package func checkpoint(recipe: String) -> Checkpoint {
        func copy(_ buffer: Buffer<Float>) -> [Float] {
            Array(UnsafeBufferPointer(start: buffer.base, count: layout.count))
        }
        var states: [Float] = []
        for replica in replicas {
            let count = replica.streams * layout.configuration.hidden
            for layer in replica.layers {
                states += UnsafeBufferPointer(start: layer.hidden.base, count: count)
                states += UnsafeBufferPointer(start: layer.cell.base, count: count)
            }
        }
        return Checkpoint(
            recipe: recipe, updates: updates, positions: streams.positions, weights: copy(packed.weights),
            firstMoment: copy(firstMoment), secondMoment: copy(secondMoment), states: states)
    }

    /// - Parameter path: the file that errors name.
    package func restore(_ checkpoint: Checkpoint, path: String) throws {
        let perStream = 2 * layout.configuration.layers * layout.configuration.hidden
        let moments = [checkpoint.weights, checkpoint.firstMoment, checkpoint.secondMoment]
        guard moments.allSatisfy({ $0.count == layout.count }), checkpoint.states.count == settings.streams * perStream,
            streams.restore(checkpoint.positions)
        else { throw TrainingError.checkpoint(path: path, problem: "it belongs to another network or corpus") }
        for (buffer, values) in zip([packed.weights, firstMoment, secondMoment], moments) {
            for (i, value) in values.enumerated() { buffer.base[i] = value }
        }
        var at = 0
        for replica in replicas {
            let count = replica.streams * layout.configuration.hidden
            for layer in replica.layers {
                for buffer in [layer.hidden, layer.cell] {
                    for i in 0..<count { buffer.base[i] = checkpoint.states[at + i] }
                    at += count
                }
            }
        }
        updates = checkpoint.updates
        pack()
    }
}
