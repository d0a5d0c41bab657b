extension Replica {
    /// Back through the window after `forward`; gradients are added to `gradient` and `tableGradient`, and stop at the
    /// window's start and at openings.
    func backward(_ window: Window, dropout: Dropout) {
        for layer in layers {
            layer.hiddenGradient.clear()
            layer.cellGradient.clear()
        }
        for steps in passes(window).reversed() {
            for l in (0..<configuration.layers).reversed() {
                for t in steps.reversed() { backwardStep(window, layer: l, t, dropout) }
                addLayerGradients(window, layer: l, steps)
            }
        }
        // Both biases are added to the same sum, so their gradients are one.
        for (input, recurrent) in zip(layout.inputBiases, layout.recurrentBiases) {
            (gradient.base + recurrent.offset).update(from: gradient.base + input.offset, count: input.count)
        }
    }

    private func backwardStep(_ window: Window, layer l: Int, _ t: Int, _ dropout: Dropout) {
        let width = configuration.hidden
        let block = streams * width
        let layer = layers[l]
        let fromAbove = outputGradient.base + t * block
        let gates = layer.gates.base + t * block * 4
        if dropout.rate > 0 { applyDropout(fromAbove, fromAbove, dropout, layer: l, t) }
        kernels.lstmBackward(
            gates, layer.cell.base + t * block, layer.squashed.base + t * block, fromAbove,
            layer.hiddenGradient.base, layer.cellGradient.base, streams, width)
        for s in 0..<streams where window.opening.base[t * streams + s] != 0 {
            (gates + s * 4 * width).update(repeating: 0, count: 4 * width)
            (layer.cellGradient.base + s * width).update(repeating: 0, count: width)
        }
        if t > 0 {
            packed.recurrents[l].backward.multiply(
                gates, 4 * width, rows: streams, into: layer.hiddenGradient.base, width, adding: false,
                scratch: scratch)
        }
    }

    /// Weight gradients of a pass, and the gradient of the layer's input into `outputGradient`.
    private func addLayerGradients(_ window: Window, layer l: Int, _ steps: Range<Int>) {
        let width = configuration.hidden
        let first = steps.lowerBound * streams
        let rows = steps.count * streams
        let layer = layers[l]
        let gates = layer.gates.base + first * 4 * width
        packed.products.addTransposed(
            gates, 4 * width, layer.hidden.base + first * width, width, rows: 4 * width, columns: width, depth: rows,
            into: gradient.base + layout.recurrentWeights[l].offset, scratch: scratch)
        kernels.addColumnSums(gradient.base + layout.inputBiases[l].offset, gates, 4 * width, rows, 4 * width)
        if l == 0 {
            for field in window.fields {
                kernels.scatterAdd(tableGradient.base, gates, field.input.base + first, rows, 4 * width)
            }
        } else {
            packed.products.addTransposed(
                gates, 4 * width, layers[l - 1].output.base + first * width, width, rows: 4 * width, columns: width,
                depth: rows, into: gradient.base + layout.inputWeights[l].offset, scratch: scratch)
            packed.inputs[l].backward.multiply(
                gates, 4 * width, rows: rows, into: outputGradient.base + first * width, width, adding: false,
                scratch: scratch)
        }
    }
}
