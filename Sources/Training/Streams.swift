import Representation

/// Feeds the windows: pieces in a seeded order, one after another in each stream.
///
/// `plan` (one thread, between windows) gives each stream the pieces of its next window; then `fill` may run on
/// several threads, each with streams of its own. Nothing depends on the number of threads.
package final class Streams<R: TrainableRepresentation>: @unchecked Sendable {
    /// A piece on its way through a stream.
    struct Passage {
        let place: Place
        let tokens: [Token]
        /// Tokens already predicted.
        var position = 0
        var tracker = R()

        var isOver: Bool { position == tokens.count }
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

        package init(seed: UInt64, augmentation: Augmentation = Augmentation()) {
            self.seed = seed
            self.augmentation = augmentation
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
    private let lanes: [Lane]
    private var epoch: [Place] = []
    private var epochNumber = 0
    /// Pieces of the epoch given out so far.
    private var given = 0

    package init(_ corpus: Corpus, count: Int, order: Order) {
        self.corpus = corpus
        self.order = order
        self.count = count
        lanes = (0..<count).map { _ in Lane() }
        epoch = places(ofEpoch: 0)
    }

    /// Gives each stream enough pieces for `steps` rows.
    package func plan(steps: Int) {
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
        while given == epoch.count {
            epochNumber += 1
            epoch = places(ofEpoch: epochNumber)
            given = 0
        }
        defer { given += 1 }
        return passage(epoch[given])
    }

    private func passage(_ place: Place) -> Passage {
        let tokens = corpus.pieces[place.piece].tokens
        if order.augmentation == Augmentation() { return Passage(place: place, tokens: Array(tokens)) }
        let keys = tokens.lazy.compactMap(R.key)
        let range = keys.min().flatMap { low in keys.max().map { low...$0 } }
        let draw = order.augmentation.drawn(
            seed: order.seed, epoch: place.epoch, entry: place.piece + place.hearing << 40, keys: range)
        return Passage(place: place, tokens: R.augmented(tokens, draw))
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
        for s in 0..<window.streams {
            let lane = lanes[first + s]
            var next = 0
            for t in 0..<window.steps {
                // `plan` gave the lane enough.
                while lane.passages[next].isOver { next += 1 }
                notes += fillRow(window, t * window.streams + s, &lane.passages[next])
            }
        }
        return notes
    }

    private func fillRow(_ window: Window, _ row: Int, _ passage: inout Passage) -> Int {
        let (tokens, at) = (passage.tokens, passage.position)
        window.set(row, tokens[at], after: at == 0 ? nil : tokens[at - 1], &passage.tracker)
        passage.position += 1
        return R.beginsNote(tokens[at]) ? 1 : 0
    }

    // MARK: Checkpoints

    /// Epoch and pieces of it given out; then per stream [number of passages, then epoch, piece, hearing and position
    /// of each].
    var positions: [Int] {
        lanes.reduce(into: [epochNumber, given]) { list, lane in
            list.append(lane.passages.count)
            for passage in lane.passages {
                list += [passage.place.epoch, passage.place.piece, passage.place.hearing, passage.position]
            }
        }
    }

    /// - Returns: false if the numbers do not fit this corpus.
    func restore(_ positions: [Int]) -> Bool {
        var rest = positions[...]
        guard let epochNumber = rest.popFirst(), epochNumber >= 0, let given = rest.popFirst() else { return false }
        let epoch = places(ofEpoch: epochNumber)
        guard 0...epoch.count ~= given else { return false }
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
        (self.epochNumber, self.epoch, self.given) = (epochNumber, epoch, given)
        return rest.isEmpty
    }
}
