import Representation

/// Feeds the windows: pieces in a seeded order, one after another in each stream.
///
/// `plan` (one thread, between windows) gives each stream the pieces of its next window; then `fill` may run on
/// several threads, each with streams of its own. Nothing depends on the number of threads.
package final class Streams<R: TrainableRepresentation>: @unchecked Sendable {
    /// A piece on its way through a stream.
    struct Passage {
        var piece: Int
        var transposition: Int
        /// Tokens already predicted.
        var position = 0
        var tracker = R()
    }

    package struct Order: Sendable {
        var seed: UInt64
        /// Transposition of ± so many semitones, drawn per piece and epoch.
        var transposition: Int
        /// Once through the pieces, longest first, instead of shuffled epochs.
        var once = false

        package init(seed: UInt64, transposition: Int, once: Bool = false) {
            self.seed = seed
            self.transposition = transposition
            self.once = once
        }
    }

    /// One stream: the passages of the present window; the first may be under way. An object of its own, so that
    /// threads fill different streams at once.
    private final class Lane {
        var passages: [Passage] = []
    }

    let corpus: Corpus
    let order: Order
    let count: Int
    /// Pieces given out so far; piece n of epoch n / pieces.
    package private(set) var given = 0
    private let lanes: [Lane]
    private var epoch: [Int] = []
    private var epochNumber = -1

    package init(_ corpus: Corpus, count: Int, order: Order) {
        self.corpus = corpus
        self.order = order
        self.count = count
        lanes = (0..<count).map { _ in Lane() }
    }

    /// Whether every piece has been predicted (`once` only).
    package var isFinished: Bool {
        order.once && given == corpus.pieces.count
            && lanes.allSatisfy { $0.passages.allSatisfy(isOver) }
    }

    /// Gives each stream enough pieces for `steps` rows.
    package func plan(steps: Int) {
        for lane in lanes {
            lane.passages.removeAll(where: isOver)
            var rows = lane.passages.reduce(0) { $0 + corpus.pieces[$1.piece].tokens.count - $1.position }
            while rows < steps, let passage = nextPassage() {
                rows += corpus.pieces[passage.piece].tokens.count
                lane.passages.append(passage)
            }
        }
    }

    private func nextPassage() -> Passage? {
        let pieces = corpus.pieces.count
        if order.once && given == pieces { return nil }
        defer { given += 1 }
        if given / pieces != epochNumber { beginEpoch(given / pieces) }
        let piece = epoch[given % pieces]
        var shift = draw(below: 2 * order.transposition + 1, order.seed, .transposition, epochNumber, piece)
        shift -= order.transposition
        let keys = corpus.tokens[corpus.pieces[piece].tokens].lazy.compactMap(R.key)
        if shift != 0, let low = keys.min(), let high = keys.max() { shift = min(max(shift, -low), 127 - high) }
        return Passage(piece: piece, transposition: shift)
    }

    private func beginEpoch(_ number: Int) {
        epochNumber = number
        epoch = Array(corpus.pieces.indices)
        if order.once {
            epoch.sort { (corpus.pieces[$0].tokens.count, $1) > (corpus.pieces[$1].tokens.count, $0) }
            return
        }
        for i in stride(from: epoch.count - 1, to: 0, by: -1) {
            epoch.swapAt(i, draw(below: i + 1, order.seed, .order, number, i))
        }
    }

    /// The next rows of streams `first` ..< first + window.streams.
    /// - Returns: how many notes begin in them.
    package func fill(_ window: Window, first: Int) -> Int {
        var notes = 0
        for s in 0..<window.streams {
            let lane = lanes[first + s]
            var next = 0
            for t in 0..<window.steps {
                let row = t * window.streams + s
                while next < lane.passages.count && isOver(lane.passages[next]) { next += 1 }
                if next < lane.passages.count {
                    notes += fillRow(window, row, &lane.passages[next])
                } else {
                    window.opening.base[row] = 1
                    window.setInput(row, .empty)
                    for k in window.fields.indices { window.setTarget(row, k, -1, .zero) }
                }
            }
        }
        return notes
    }

    private func isOver(_ passage: Passage) -> Bool {
        passage.position == corpus.pieces[passage.piece].tokens.count
    }

    private func fillRow(_ window: Window, _ row: Int, _ passage: inout Passage) -> Int {
        let at = corpus.pieces[passage.piece].tokens.lowerBound + passage.position
        let token = R.transposed(corpus.tokens[at], by: passage.transposition)
        window.opening.base[row] = passage.position == 0 ? 1 : 0
        let before =
            passage.position == 0 ? Token.empty : R.transposed(corpus.tokens[at - 1], by: passage.transposition)
        window.setInput(row, before)
        for k in window.fields.indices {
            let legal = token[k] < 0 ? .zero : passage.tracker.mask(k, given: token, within: .corpus).words
            window.setTarget(row, k, token[k], legal)
        }
        passage.tracker.emit(token) { _ in }
        passage.position += 1
        return R.beginsNote(token) ? 1 : 0
    }

    // MARK: Checkpoints

    /// Per stream [number of passages, then piece, transposition, position of each], after `given`.
    var positions: [Int] {
        lanes.reduce(into: [given]) { list, lane in
            list.append(lane.passages.count)
            for passage in lane.passages { list += [passage.piece, passage.transposition, passage.position] }
        }
    }

    /// - Returns: false if the numbers do not fit this corpus.
    func restore(_ positions: [Int]) -> Bool {
        var rest = positions[...]
        guard let given = rest.popFirst(), given >= 0 else { return false }
        var restored: [[Passage]] = []
        for _ in 0..<count {
            guard let passagesCount = rest.popFirst(), passagesCount >= 0 else { return false }
            var stream: [Passage] = []
            for _ in 0..<passagesCount {
                guard rest.count >= 3 else { return false }
                let (piece, shift, position) = (rest.removeFirst(), rest.removeFirst(), rest.removeFirst())
                guard corpus.pieces.indices.contains(piece), abs(shift) <= order.transposition else { return false }
                let tokens = corpus.pieces[piece].tokens
                guard 0...tokens.count ~= position else { return false }
                var passage = Passage(piece: piece, transposition: shift, position: position)
                for token in corpus.tokens[tokens].prefix(position) {
                    passage.tracker.emit(R.transposed(token, by: shift)) { _ in }
                }
                stream.append(passage)
            }
            restored.append(stream)
        }
        for (lane, stream) in zip(lanes, restored) { lane.passages = stream }
        self.given = given
        if given > 0 { beginEpoch((given - 1) / corpus.pieces.count) }
        return rest.isEmpty
    }
}
