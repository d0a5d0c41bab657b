import Representation

/// What one worker reads in one update: `steps` tokens of each of its `streams`.

/// Row step · streams + stream. A row's input is the token before, its target the token to predict. The *opening* row
/// of a piece has no input: it leaves a zero state and predicts the first token from it.
/// Unchecked: one thread at a time has it.
package final class Window: @unchecked Sendable {
    let streams: Int
    let steps: Int
    /// The first so many steps hold anything.
    package var used: Int
    package let fields: [FieldRows]
    /// [rows], 1 where a piece opens.
    package let opening: Buffer<UInt8>

    /// One field of all rows.
    package struct FieldRows: Sendable {
        let classes: Int
        /// 64-bit words of a row's legal classes.
        package let words: Int
        /// First row of the field in the fold table of layer 0.
        package let tableOffset: Int
        /// [rows], row of the fold table or −1.
        package let input: Buffer<Int32>
        /// [rows], class or −1.
        package let target: Buffer<Int32>
        /// [rows, words].
        package let legal: Buffer<UInt64>
    }

    package var rows: Int { streams * steps }

    package init(streams: Int, steps: Int, classes: [Int]) {
        self.streams = streams
        self.steps = steps
        used = steps
        let rows = streams * steps
        opening = Buffer(rows)
        var offset = 0
        fields = classes.map { count in
            defer { offset += count }
            let words = Mask.wordCount(count)
            return FieldRows(
                classes: count, words: words, tableOffset: offset, input: Buffer(rows), target: Buffer(rows),
                legal: Buffer(rows * words))
        }
    }

    /// A row that predicts `token` after `before`, nil where a piece opens; `tracker` knows what is legal, and moves on.
    func set<R: Representation>(_ row: Int, _ token: Token, after before: Token?, _ tracker: inout R) {
        opening.base[row] = before == nil ? 1 : 0
        setInput(row, before ?? .empty)
        for k in fields.indices {
            let legal = setTarget(row, k, token[k])
            if token[k] >= 0 { tracker.mask(k, given: token, within: .corpus, into: legal) }
        }
        tracker.emit(token) { _ in }
    }

    /// A row in which nothing is heard or predicted.
    func pad(_ row: Int) {
        opening.base[row] = 1
        setInput(row, .empty)
        for k in fields.indices { _ = setTarget(row, k, -1) }
    }

    /// Sets the input of a row; a lane of −1 is absent.
    private func setInput(_ row: Int, _ token: SIMD4<Int16>) {
        for (k, field) in fields.enumerated() {
            field.input.base[row] = token[k] < 0 ? -1 : Int32(token[k]) + Int32(field.tableOffset)
        }
    }

    /// Sets one target of a row.
    /// - Returns: its legal classes, of which there is none yet.
    private func setTarget(_ row: Int, _ k: Int, _ value: Int16) -> Mask {
        let field = fields[k]
        field.target.base[row] = Int32(value)
        let legal = Mask(field.legal.base + row * field.words, classes: field.classes)
        legal.removeAll()
        return legal
    }
}
