import Files
import Glibc
import Network
import Representation
import Score
import Synchronization

/// The pieces of an evaluation. Each is asked for when there is room to hear it, by any thread.
package struct EvaluatedPieces: Sendable {
    let names: [String]
    /// In any one unit: the longest are heard first, so that none is left alone at the end.
    let sizes: [Int]
    let order: EventOrder
    let tokens: @Sendable (Int) throws -> [Token]

    /// Those of MIDI files.
    static func of<R: Representation>(_ type: R.Type, files: [String], order: EventOrder) -> EvaluatedPieces {
        EvaluatedPieces(names: files, sizes: files.map(fileSize), order: order) {
            try Corpus.tokens(R.self, files[$0], order: order)
        }
    }

    /// Those of files that hold several each, which are read at once.
    /// - Parameters:
    ///   - heldOut: whether only those are taken that a training holds out.
    ///   - skipped: gets the files that cannot be read.
    static func of<R: Notation>(
        _ type: R.Type, collections: [String], heldOut: Bool, order: EventOrder, skipped: inout [SkippedFile]
    ) -> EvaluatedPieces {
        var corpus = Corpus()
        for file in collections {
            do {
                let tokens = try Corpus.tokens(R.self, file, order: order)
                for (number, range) in R.pieces(tokens).enumerated() {
                    let piece = Array(tokens[range])
                    let isHeldOut = DataSet.split(hash: ContentHash.of(R.identity(of: piece))) == .validation
                    if !heldOut || isHeldOut { corpus.append(name: tuneName(file, number), piece) }
                }
            } catch { skipped.append(SkippedFile(path: file, error)) }
        }
        return of(corpus)
    }

    /// The same, `count` of them at even distances.
    func sample(_ count: Int) -> EvaluatedPieces {
        let kept = spread(Array(names.indices), count)
        return EvaluatedPieces(names: kept.map { names[$0] }, sizes: kept.map { sizes[$0] }, order: order) {
            try tokens(kept[$0])
        }
    }

    /// Those that are in memory.
    package static func of(_ corpus: Corpus) -> EvaluatedPieces {
        EvaluatedPieces(names: corpus.pieces.map(\.name), sizes: corpus.pieces.map(\.tokens.count), order: .playing) {
            Array(corpus.pieces[$0].tokens)
        }
    }
}

/// Forward passes over pieces, several side by side in each worker; the working memory is kept between evaluations.
/// One thread at a time; unchecked, since its crew is the workers' own while they run.
package final class Evaluator<R: Representation>: @unchecked Sendable {
    private let pieces: EvaluatedPieces
    private let packed: PackedParameters
    private let workers: Workers
    /// One for each worker.
    private let crew: [Ear<R>]
    /// Piece numbers, the longest first.
    private let order: [Int]
    /// Of `order`, how many have been given out.
    private let given = Atomic<Int>(0)
    private let finished = Atomic<Int>(0)
    /// In the unit of the pieces' sizes.
    private let sizeDone = Atomic<Int>(0)
    private let tokensDone = Atomic<Int>(0)
    private var fields: [Field] { packed.layout.configuration.fields }

    package convenience init(_ pieces: EvaluatedPieces, packed: PackedParameters, workers: Workers) {
        self.init(pieces, packed: packed, workers: workers, witness: nil)
    }

    /// - Parameter witness: makes one for each worker, to look on; nil for the network's recall, if it has one.
    init(
        _ pieces: EvaluatedPieces, packed: PackedParameters, workers: Workers,
        witness: ((_ streams: Int) -> any HeadWitness)?
    ) {
        self.pieces = pieces
        self.packed = packed
        self.workers = workers
        order = pieces.names.indices.sorted { (pieces.sizes[$0], $1) > (pieces.sizes[$1], $0) }
        let streams = min(32, max(1, (pieces.names.count + workers.count - 1) / workers.count))
        let recall = packed.recall
        crew = (0..<workers.count).map { _ in
            Ear(
                packed, streams: streams,
                witness: witness?(streams) ?? recall.map { RecallingEar($0, streams: streams) })
        }
    }

    /// - Parameter progress: called about five times a second, on this thread.
    package func evaluate(progress: @escaping @Sendable (Evaluation.Progress) -> Void = { _ in }) -> Evaluation {
        given.store(0, ordering: .relaxed)
        finished.store(0, ordering: .relaxed)
        sizeDone.store(0, ordering: .relaxed)
        tokensDone.store(0, ordering: .relaxed)
        let start = seconds()
        workers.run { [self] worker in
            var shown = start
            crew[worker].begin()
            while hearWindow(crew[worker]) {
                if worker == 0 && seconds() - shown > 0.2 {
                    shown = seconds()
                    progress(state(since: start))
                }
            }
        }
        let scores = crew.flatMap(\.scores).sorted { $0.piece < $1.piece }
        let faults = crew.flatMap(\.faults).sorted { $0.piece < $1.piece }
        return Evaluation(
            scores.map { Evaluation.Piece(name: pieces.names[$0.piece], score: $0.score) },
            skipped: faults.map { SkippedFile(path: pieces.names[$0.piece], $0.error) }, of: R.self,
            order: pieces.order, kernels: packed.kernels.variant)
    }

    private func state(since start: Double) -> Evaluation.Progress {
        let elapsed = max(seconds() - start, 1e-9)
        let share = Double(sizeDone.load(ordering: .relaxed)) / Double(max(1, pieces.sizes.reduce(0, +)))
        return Evaluation.Progress(
            share: share, pieces: finished.load(ordering: .relaxed), allPieces: pieces.names.count,
            tokensPerSecond: Double(tokensDone.load(ordering: .relaxed)) / elapsed,
            secondsLeft: share > 0 ? elapsed * (1 - share) / share : 0)
    }

    /// - Returns: false when there is nothing left to hear.
    private func hearWindow(_ ear: Ear<R>) -> Bool {
        for s in ear.streams.indices where ear.streams[s].isOver { ear.begin(next(ear), stream: s) }
        guard ear.streams.contains(where: { !$0.isOver }) else { return false }
        let tokens = ear.hearWindow()
        tokensDone.add(tokens, ordering: .relaxed)
        for s in ear.streams.indices {
            sizeDone.add(ear.streams[s].newlyHeardSize(), ordering: .relaxed)
            guard ear.streams[s].isOver, let piece = ear.streams[s].piece else { continue }
            ear.scores.append((piece, ear.streams[s].score))
            ear.streams[s] = .none
            finished.add(1, ordering: .relaxed)
        }
        return true
    }

    /// The next piece that can be read, or none.
    private func next(_ ear: Ear<R>) -> EvaluatedPiece<R> {
        while true {
            let turn = given.add(1, ordering: .relaxed).oldValue
            guard turn < order.count else { return .none }
            let piece = order[turn]
            do {
                return EvaluatedPiece(piece: piece, try pieces.tokens(piece), size: pieces.sizes[piece], fields)
            } catch {
                ear.faults.append((piece, error))
                sizeDone.add(pieces.sizes[piece], ordering: .relaxed)
                finished.add(1, ordering: .relaxed)
            }
        }
    }
}

/// What one worker has to itself.
private final class Ear<R: Representation> {
    private static var steps: Int { 32 }

    private let replica: Replica
    private let window: Window
    var streams: [EvaluatedPiece<R>]
    var scores: [(piece: Int, score: Evaluation.Score)] = []
    var faults: [(piece: Int, error: any Error)] = []

    init(_ packed: PackedParameters, streams: Int, witness: (any HeadWitness)?) {
        replica = Replica(
            packed, streams: streams, steps: Self.steps, firstStream: 0, allStreams: streams, learning: false)
        replica.witness = witness
        window = Window(
            streams: streams, steps: Self.steps, classes: packed.layout.configuration.fields.map(\.classes))
        self.streams = Array(repeating: .none, count: streams)
    }

    func begin() {
        streams = streams.map { _ in .none }
        scores = []
        faults = []
    }

    func begin(_ entry: EvaluatedPiece<R>, stream: Int) {
        streams[stream] = entry
        if let piece = entry.piece { replica.witness?.begin(piece, stream: stream) }
    }

    /// The next tokens of every stream. A stream whose piece ends is padded with rows that have no target.
    /// - Returns: how many tokens.
    func hearWindow() -> Int {
        let heard = streams.indices.map { s in
            let count = min(Self.steps, streams[s].left)
            for step in 0..<Self.steps {
                let row = step * streams.count + s
                if step < count { streams[s].fill(window, row) } else { window.pad(row) }
            }
            return count
        }
        replica.forward(window, dropout: .none, gradientScale: nil)
        replica.carryStates()
        for s in streams.indices {
            for step in 0..<heard[s] { streams[s].score.add(replica.rowScores, window, step * streams.count + s) }
        }
        return heard.reduce(0, +)
    }
}

/// What the network recalls of each stream's piece has its say in what comes next.
private final class RecallingEar: HeadWitness {
    let field: Int
    private let memories: [RecallMemory]

    init(_ recall: RecallWeights, streams: Int) {
        field = recall.field
        memories = (0..<streams).map { _ in RecallMemory(recall) }
    }

    func begin(_ piece: Int, stream: Int) { memories[stream].reset() }

    func see(_ row: WitnessedRow) {
        let memory = memories[row.stream]
        memory.mix(into: row.logits, from: row.h, legal: row.legal)
        memory.remember(row.target)
    }
}

/// A piece on its way through a stream.
private struct EvaluatedPiece<R: Representation> {
    /// Nil if there is none.
    let piece: Int?
    private let tokens: [Token]
    var score: Evaluation.Score
    /// Tokens already predicted.
    private var position = 0
    private var tracker = R()
    private let size: Int
    private var heardSize = 0

    static var none: EvaluatedPiece { EvaluatedPiece(piece: nil, [], size: 0, []) }

    init(piece: Int?, _ tokens: [Token], size: Int, _ fields: [Field]) {
        self.piece = piece
        self.tokens = tokens
        self.size = size
        score = Evaluation.Score(fields: fields)
        score.tokens = tokens.count
        score.notes = R.notesBegun(by: tokens)
        score.performanceRNNEvents = (R.self as? any ReferenceVocabulary.Type)?.referenceEvents(tokens)
    }

    var left: Int { tokens.count - position }
    var isOver: Bool { left == 0 }

    /// The next token as a row to predict.
    mutating func fill(_ window: Window, _ row: Int) {
        window.set(row, tokens[position], after: position == 0 ? nil : tokens[position - 1], &tracker)
        position += 1
    }

    /// The part of `size` heard since the last call.
    mutating func newlyHeardSize() -> Int {
        guard !tokens.isEmpty else { return 0 }
        let before = heardSize
        heardSize = size * position / tokens.count
        return heardSize - before
    }
}

extension Evaluation.Score {
    /// Adds what one row cost.
    fileprivate mutating func add(_ rows: RowScores, _ window: Window, _ row: Int) {
        var isHit = true
        for k in fields.indices where window.fields[k].target.base[row] >= 0 {
            let hit = rows.hits[k].base[row] != 0
            fields[k].nats += Double(rows.nats[k].base[row])
            fields[k].count += 1
            fields[k].hits += hit ? 1 : 0
            isHit = isHit && hit
        }
        hits += isHit ? 1 : 0
    }
}

extension SkippedFile {
    init(path: String, _ error: any Error) {
        self.init(path: path, reason: "\(error)", isDamaged: !(error is FileError))
    }
}

/// Bytes; 0 if it is not there, which reading it will tell.
private func fileSize(_ path: String) -> Int {
    var status = stat()
    return stat(path.cPath, &status) == 0 ? Int(status.st_size) : 0
}
