import Network

/// A network goes on in a wider shape.
extension Weights {
    /// The same network, wider: old units hear only old ones and new units are not heard at all, so it answers as before;
    /// but the new ones hear everything, through random weights, and what hears them can be learnt from the first update.
    /// (Net2WiderNet, Chen et al. 2016, splits old units in two instead, which must then be told apart by noise.)
    /// - Parameter random: weights to begin from in a shape that has as many layers and is nowhere narrower.
    package func widened(over random: Weights) -> Weights {
        let wide = random.layout
        var widened = random
        for (old, new) in zip(layout.embeddings + layout.headB.joined(), wide.embeddings + wide.headB.joined()) {
            widened.take(old, of: self, to: new, columnsHear: false)
        }
        let layers = layout.inputWeights + layout.recurrentWeights + layout.inputBiases + layout.recurrentBiases
        let wideLayers = wide.inputWeights + wide.recurrentWeights + wide.inputBiases + wide.recurrentBiases
        for (old, new) in zip(layers, wideLayers) { widened.take(old, of: self, to: new, gates: 4, columnsHear: true) }
        let heads = layout.headA + layout.headC + layout.headBiases
        for (old, new) in zip(heads, wide.headA + wide.headC + wide.headBiases) {
            widened.take(old, of: self, to: new, columnsHear: true)
        }
        return widened
    }

    /// Copies a matrix of [gates · rows, columns], or a vector of [gates · rows], to the beginning of each gate's rows.
    /// - Parameter columnsHear: whether a new column is an input of the old rows, which is to be nothing to them.
    private mutating func take(
        _ old: TensorPlace, of source: Weights, to new: TensorPlace, gates: Int = 1, columnsHear: Bool
    ) {
        let (rows, newRows) = (old.shape[0] / gates, new.shape[0] / gates)
        let (columns, newColumns) = (old.count / old.shape[0], new.count / new.shape[0])
        for gate in 0..<gates {
            for row in 0..<rows {
                let from = old.offset + (gate * rows + row) * columns
                let to = new.offset + (gate * newRows + row) * newColumns
                for j in 0..<columns { values[to + j] = source.values[from + j] }
                if columnsHear { for j in columns..<newColumns { values[to + j] = 0 } }
            }
        }
    }
}
