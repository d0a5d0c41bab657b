import Representation

/// Feeds the windows: pieces in a seeded order, one after another in each stream.
///
/// `plan` (one thread, between windows) gives each stream the pieces of its next window; then `fill` may run on
/// several threads, each with streams of its own. Nothing depends on the number of threads.
package final class Streams<R: Representation>: @unchecked Sendable {
    /// A piece on its way through a stream.
    struct Passage {
        let place: Place
        let tokens: [Token]
        /// The first to be predicted, from nothing, and the end.
        var range: Range<Int>
        /// The next to be predicted.
        var position = 0
        var tracker = R()

        init(_ place: Place, _ tokens: [Token]) {
            self.place = place
            self.tokens = tokens
            range = 0..<tokens.count
        }

        var isOver: Bool { position == range.upperBound }
    }

    /// One hearing of a piece.
    struct Place: Equatable {
        let epoch: Int
        let piece: Int
        /// A piece of weight 2 is heard a first and a second time in an epoch.
        let hearing: Int
    }

    package struct Order: Sendable {
        var seed: UInt64
        var augmentation: Augmentation
        /// Independent sequences of at most so many tokens; 0 for streams.
        var sequenceLength: Int

        package init(seed: UInt64, augmentation: Augmentation = Augmentation(), sequenceLength: Int = 0) {
            self.seed = seed
            self.augmentation = augmentation
            self.sequenceLength = sequenceLength
        }
    }

    /// One stream: the passages of the present window; the first may be under way. An object of its own, so that
    /// threads fill different streams at once.
    final class Lane {
        var passages: [Passage] = []
    }

    let corpus: Corpus
    let order: Order
    let count: Int
    let lanes: [Lane]
    private var epoch: [Place] = []
    /// The epoch's updates, if it is one of sequences.
    var batches: [[Sequence]] = []
    var epochNumber = 0
    /// Pieces of the epoch given out so far, or batches.
    var given = 0
    /// Tokens of the window that is planned.
    package private(set) var planned = 0

    package init(_ corpus: Corpus, count: Int, order: Order) {
        self.corpus = corpus
        self.order = order
        self.count = count
        lanes = (0..<count).map { _ in Lane() }
        begin(epoch: 0)
    }

    func begin(epoch number: Int) {
        epochNumber = number
        epoch = places(ofEpoch: number)
        batches = order.sequenceLength > 0 ? sequences(epoch) : []
        given = 0
    }

    /// Gives each stream enough pieces for `steps` rows.
    package func plan(steps: Int) {
        if order.sequenceLength > 0 {
            planSequences()
            planned = lanes.reduce(0) { $0 + $1.passages.reduce(0) { $0 + $1.range.count } }
            return
        }
        planned = count * steps
        for lane in lanes {
            lane.passages.removeAll(where: \.isOver)
            var rows = lane.passages.reduce(0) { $0 + $1.tokens.count - $1.position }
            while rows < steps {
                let passage = nextPassage()
                rows += passage.tokens.count
                lane.passages.append(passage)
            }
        }
    }

    private func nextPassage() -> Passage {
        while given == epoch.count { begin(epoch: epochNumber + 1) }
        defer { given += 1 }
        return passage(epoch[given])
    }

    func passage(_ place: Place) -> Passage {
        let tokens = corpus.pieces[place.piece].tokens
        if order.augmentation == Augmentation() { return Passage(place, Array(tokens)) }
        let keys = tokens.reduce(KeySet()) { $0.union(R.keys(of: $1)) }
        let range = keys.min().flatMap { low in keys.max().map { low...$0 } }
        let draw = order.augmentation.drawn(
            seed: order.seed, epoch: place.epoch, entry: place.piece + place.hearing << 40, keys: range)
        return Passage(place, R.augmented(tokens, draw))
    }

    /// The hearings of an epoch, in the order in which they are given out.
    private func places(ofEpoch number: Int) -> [Place] {
        var places: [Place] = []
        for (i, piece) in corpus.pieces.enumerated() {
            places += (0..<hearings(piece.weight, i, number)).map { Place(epoch: number, piece: i, hearing: $0) }
        }
        for i in stride(from: places.count - 1, to: 0, by: -1) {
            places.swapAt(i, draw(below: i + 1, order.seed, .order, number, i))
        }
        return places
    }

    /// How often a piece is heard in an epoch: of a weight's fraction, chance makes a whole.
    private func hearings(_ weight: Double, _ piece: Int, _ epoch: Int) -> Int {
        let whole = weight.rounded(.down)
        return Int(whole) + (Double(uniform(order.seed, .repetition, epoch, piece)) < weight - whole ? 1 : 0)
    }

    /// The next rows of streams `first` ..< first + window.streams.
    /// - Returns: how many notes begin in them.
    package func fill(_ window: Window, first: Int) -> Int {
        var notes = 0
        let mine = lanes[first..<first + window.streams]
        window.used =
            order.sequenceLength > 0 ? mine.map { $0.passages.first?.range.count ?? 0 }.max() ?? 0 : window.steps
        for (s, lane) in mine.enumerated() {
            var next = 0
            for t in 0..<window.used {
                let row = t * window.streams + s
                // To streams `plan` gave enough.
                while next < lane.passages.count && lane.passages[next].isOver { next += 1 }
                if next < lane.passages.count {
                    notes += fillRow(window, row, &lane.passages[next])
                } else {
                    window.pad(row)
                }
            }
        }
        return notes
    }

    private func fillRow(_ window: Window, _ row: Int, _ passage: inout Passage) -> Int {
        let (tokens, at) = (passage.tokens, passage.position)
        window.set(row, tokens[at], after: at == passage.range.lowerBound ? nil : tokens[at - 1], &passage.tracker)
        passage.position += 1
        return R.notesBegun(by: tokens[at])
    }

    // MARK: Checkpoints

    /// Epoch and pieces of it given out; then per stream [number of passages, then epoch, piece, hearing and position
    /// of each].
    var positions: [Int] {
        lanes.reduce(into: [epochNumber, given]) { list, lane in
            // Sequences are over with their update.
            let passages = order.sequenceLength > 0 ? [] : lane.passages
            list.append(passages.count)
            for passage in passages {
                list += [passage.place.epoch, passage.place.piece, passage.place.hearing, passage.position]
            }
        }
    }

    /// - Returns: false if the numbers do not fit this corpus.
    func restore(_ positions: [Int]) -> Bool {
        var rest = positions[...]
        guard let epochNumber = rest.popFirst(), epochNumber >= 0, let given = rest.popFirst() else { return false }
        let epoch = places(ofEpoch: epochNumber)
        let batches = order.sequenceLength > 0 ? sequences(epoch) : []
        guard 0...(order.sequenceLength > 0 ? batches.count : epoch.count) ~= given else { return false }
        var restored: [[Passage]] = []
        for _ in 0..<count {
            guard let passagesCount = rest.popFirst(), passagesCount >= 0 else { return false }
            var stream: [Passage] = []
            for _ in 0..<passagesCount {
                guard rest.count >= 4 else { return false }
                let place = Place(epoch: rest.removeFirst(), piece: rest.removeFirst(), hearing: rest.removeFirst())
                let position = rest.removeFirst()
                guard 0...epochNumber ~= place.epoch, corpus.pieces.indices.contains(place.piece),
                    0..<hearings(corpus.pieces[place.piece].weight, place.piece, place.epoch) ~= place.hearing
                else { return false }
                var passage = passage(place)
                guard 0...passage.tokens.count ~= position else { return false }
                for token in passage.tokens.prefix(position) { passage.tracker.emit(token) { _ in } }
                passage.position = position
                stream.append(passage)
            }
            restored.append(stream)
        }
        for (lane, stream) in zip(lanes, restored) { lane.passages = stream }
        (self.epochNumber, self.epoch, self.batches, self.given) = (epochNumber, epoch, batches, given)
        return rest.isEmpty
    }
}
