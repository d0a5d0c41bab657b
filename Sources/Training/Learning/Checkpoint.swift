import Files
import Glibc

/// A training run frozen between two updates: everything that the next update depends on.
///
/// Flat binary, little-endian: magic with the version as its last character, then counted blocks, then a hash of all
/// before it. Written to a temporary file, synced, renamed.
package struct Checkpoint: Equatable, Sendable {
    private static let magic: UInt64 = 0x3254_504B_4F4E_5443  // "CTNOKPT2"
    private static let version = 2

    /// All values of the recipe (`Recipe.text`), so that a run goes on as it began.
    package var recipe: String
    /// The music's fingerprint (`TrainingData`).
    package var music: UInt64
    package var updates: Int
    package var positions: [Int]
    package var weights: [Float]
    package var firstMoment: [Float]
    package var secondMoment: [Float]
    /// Per layer hidden then cell states of all streams.
    package var states: [Float]
    /// The running average of the weights; empty if there is none.
    package var averaged: [Float]
    /// For early stopping: the best validation, the validations since, and the weights it found; empty without.
    package var best: Best

    package struct Best: Equatable, Sendable {
        package var natsPerNote = Double.infinity
        package var validationsSince = 0
        package var weights: [Float] = []

        package init() {}
    }

    package init(
        recipe: String, music: UInt64, updates: Int, positions: [Int], weights: [Float], firstMoment: [Float],
        secondMoment: [Float], states: [Float], averaged: [Float], best: Best
    ) {
        self.recipe = recipe
        self.music = music
        self.updates = updates
        self.positions = positions
        self.weights = weights
        self.firstMoment = firstMoment
        self.secondMoment = secondMoment
        self.states = states
        self.averaged = averaged
        self.best = best
    }

    /// What a model is made of: the best weights if the training looks for them, else their average, else the last.
    var finished: [Float] { !best.weights.isEmpty ? best.weights : !averaged.isEmpty ? averaged : weights }

    /// Whole or not at all.
    package func write(_ path: String) throws(FileError) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(4 * (5 * weights.count + states.count) + 65536)
        func append(_ number: UInt64) { withUnsafeBytes(of: number.littleEndian) { bytes += $0 } }
        func append(_ floats: [Float]) {
            append(UInt64(floats.count))
            floats.withUnsafeBytes { bytes += $0 }
        }
        append(Self.magic)
        append(UInt64(recipe.utf8.count))
        bytes += Array(recipe.utf8)
        append(music)
        append(UInt64(updates))
        append(UInt64(positions.count))
        for position in positions { append(UInt64(bitPattern: Int64(position))) }
        append(best.natsPerNote.bitPattern)
        append(UInt64(best.validationsSince))
        for block in [weights, firstMoment, secondMoment, states, averaged, best.weights] { append(block) }
        append(ContentHash.of(bytes))
        try writeAtomically(bytes, to: path)
    }

    /// Whether the file begins as a checkpoint does, of this version or another.
    static func isCheckpoint(_ path: String) -> Bool {
        firstWord(path).map { $0 << 8 == magic << 8 } ?? false
    }

    /// - Throws: `FileError`, or `TrainingError.checkpoint` with the byte that does not fit.
    package init(path: String) throws {
        let bytes = try readFile(path, limit: 1 << 34)
        var reader = CheckpointReader(bytes, path)
        let magic = try reader.number()
        guard magic == Self.magic else {
            guard magic << 8 == Self.magic << 8 else { throw reader.fault("this is no checkpoint of continuo") }
            let found = String(UnicodeScalar(UInt8(magic >> 56)))
            throw reader.fault(
                "it has format \(found), this Continuo reads \(Self.version); train anew, or go on with the Continuo that wrote it"
            )
        }
        recipe = try reader.text()
        music = try reader.number()
        updates = Int(truncatingIfNeeded: try reader.number())
        positions = try (0..<reader.count(of: 8)).map { _ in Int(truncatingIfNeeded: try reader.number()) }
        best = Best()
        best.natsPerNote = Double(bitPattern: try reader.number())
        best.validationsSince = Int(truncatingIfNeeded: try reader.number())
        weights = try reader.floats()
        firstMoment = try reader.floats()
        secondMoment = try reader.floats()
        states = try reader.floats()
        averaged = try reader.floats()
        best.weights = try reader.floats()
        let end = reader.at
        guard try reader.number() == ContentHash.of(Array(bytes[..<end])), reader.at == bytes.count, updates >= 0,
            best.validationsSince >= 0
        else { throw reader.fault("it is damaged: its contents do not fit its hash") }
    }
}

/// Takes blocks from a checkpoint's bytes.
private struct CheckpointReader {
    private let bytes: [UInt8]
    private let path: String
    private(set) var at = 0

    init(_ bytes: [UInt8], _ path: String) {
        self.bytes = bytes
        self.path = path
    }

    func fault(_ problem: String) -> TrainingError { .checkpoint(path: path, problem: "byte \(at): \(problem)") }

    mutating func number() throws -> UInt64 {
        guard bytes.count - at >= 8 else { throw fault("the file ends too early") }
        defer { at += 8 }
        return bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: at, as: UInt64.self)) }
    }

    mutating func count(of size: Int) throws -> Int {
        let value = try number()
        guard value <= UInt64((bytes.count - at) / size) else { throw fault("a block of \(value) does not fit") }
        return Int(value)
    }

    mutating func text() throws -> String {
        let count = try count(of: 1)
        defer { at += count }
        return String(decoding: bytes[at..<at + count], as: UTF8.self)
    }

    mutating func floats() throws -> [Float] {
        let count = try count(of: 4)
        defer { at += 4 * count }
        return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            bytes.withUnsafeBytes {
                UnsafeMutableRawBufferPointer(buffer).copyMemory(from: .init(rebasing: $0[at..<at + 4 * count]))
            }
            initialized = count
        }
    }
}

extension Buffer<Float> {
    func copy(_ values: [Float]) { for (i, value) in values.enumerated() { base[i] = value } }

    package var values: [Float] { Array(UnsafeBufferPointer(start: base, count: count)) }
}

extension Learner {
    /// Between updates.
    package func checkpoint(recipe: String, music: UInt64 = 0, best: Checkpoint.Best = .init()) -> Checkpoint {
        var states: [Float] = []
        for replica in replicas {
            let count = replica.streams * layout.configuration.hidden
            for layer in replica.layers {
                states += UnsafeBufferPointer(start: layer.hidden.base, count: count)
                states += UnsafeBufferPointer(start: layer.cell.base, count: count)
            }
        }
        return Checkpoint(
            recipe: recipe, music: music, updates: updates, positions: streams.positions,
            weights: packed.weights.values,
            firstMoment: firstMoment.values, secondMoment: secondMoment.values, states: states,
            averaged: averaged.values, best: best)
    }

    /// - Parameter path: the file that errors name.
    package func restore(_ checkpoint: Checkpoint, path: String) throws {
        let perStream = 2 * layout.configuration.layers * layout.configuration.hidden
        let moments = [checkpoint.weights, checkpoint.firstMoment, checkpoint.secondMoment]
        guard moments.allSatisfy({ $0.count == layout.count }), checkpoint.averaged.count == averaged.count,
            [0, layout.count].contains(checkpoint.best.weights.count),
            checkpoint.states.count == settings.streams * perStream, streams.restore(checkpoint.positions)
        else { throw TrainingError.checkpoint(path: path, problem: "it belongs to another network or corpus") }
        for (buffer, values) in zip([packed.weights, firstMoment, secondMoment], moments) { buffer.copy(values) }
        averaged.copy(checkpoint.averaged)
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
