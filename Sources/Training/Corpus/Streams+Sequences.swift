/// Instead of streams: independent sequences, each from a zero state, side by side with others of about its length.
extension Streams {
    /// The part `part` of `parts` nearly equal ones of a piece.
    struct Sequence {
        let place: Place
        let part: Int
        let parts: Int
        /// Before augmentation, which may stretch the piece.
        let length: Int
    }

    /// The updates of an epoch, in the order in which they are given out: what is as long shares one, so that little of
    /// it is padding; which come first is drawn.
    func sequences(_ places: [Place]) -> [[Sequence]] {
        let all = places.flatMap { place in
            let count = corpus.pieces[place.piece].tokens.count
            let parts = (count + order.sequenceLength - 1) / order.sequenceLength
            return shares(count, parts).enumerated().map {
                Sequence(place: place, part: $0.offset, parts: parts, length: $0.element.count)
            }
        }
        let sorted = all.enumerated().sorted { ($0.element.length, $0.offset) < ($1.element.length, $1.offset) }
        var batches = stride(from: 0, to: all.count, by: count).map {
            sorted[$0..<min($0 + count, all.count)].map(\.element)
        }
        let epoch = places.first?.epoch ?? 0
        for i in stride(from: batches.count - 1, to: 0, by: -1) {
            batches.swapAt(i, draw(below: i + 1, order.seed, .batches, epoch, i))
        }
        return batches
    }

    /// Gives each lane one sequence; the last of an epoch's length may leave some without.
    func planSequences() {
        while given == batches.count { begin(epoch: epochNumber + 1) }
        let batch = batches[given]
        given += 1
        for (i, lane) in lanes.enumerated() { lane.passages = i < batch.count ? [passage(batch[i])] : [] }
    }

    private func passage(_ sequence: Sequence) -> Passage {
        var passage = passage(sequence.place)
        let range = shares(passage.tokens.count, sequence.parts)[sequence.part]
        // A stretched piece may have more tokens than it had.
        passage.range = range.prefix(order.sequenceLength)
        passage.position = range.lowerBound
        // What sounds at its beginning, the masks know.
        for token in passage.tokens.prefix(range.lowerBound) { passage.tracker.emit(token) { _ in } }
        return passage
    }
}
