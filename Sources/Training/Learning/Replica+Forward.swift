extension Replica {
    /// Forward over the window; with `gradientScale` the heads also leave the gradient of scale · Σ nats with respect
    /// to the top layer's output in `outputGradient`, and their own in `gradient`.
    package func forward(_ window: Window, dropout: Dropout, gradientScale: Float?) {
        for steps in passes(window) {
            for l in 0..<configuration.layers {
                prepareGates(window, layer: l, steps)
                for t in steps { forwardStep(window, layer: l, t, dropout) }
            }
            forwardHeads(window, steps, gradientScale: gradientScale)
        }
    }

    /// Biases and input products of a pass.
    private func prepareGates(_ window: Window, layer l: Int, _ steps: Range<Int>) {
        let width = 4 * configuration.hidden
        let first = steps.lowerBound * streams
        let rows = steps.count * streams
        let gates = layers[l].gates.base + first * width
        for row in 0..<rows { (gates + row * width).update(from: packed.biases[l].base, count: width) }
        if l == 0 {
            for field in window.fields {
                kernels.gatherAdd(gates, packed.table.base, field.input.base + first, rows, width)
            }
        } else {
            let below = layers[l - 1].output.base + first * configuration.hidden
            packed.inputs[l].forward.multiply(
                below, configuration.hidden, rows: rows, into: gates, width, adding: true, scratch: scratch)
        }
    }

    private func forwardStep(_ window: Window, layer l: Int, _ t: Int, _ dropout: Dropout) {
        let width = configuration.hidden
        let block = streams * width
        let layer = layers[l]
        let gates = layer.gates.base + t * block * 4
        let before = layer.hidden.base + t * block
        let after = before + block
        let cellAfter = layer.cell.base + (t + 1) * block
        packed.recurrents[l].forward.multiply(
            before, width, rows: streams, into: gates, 4 * width, adding: true, scratch: scratch)
        kernels.lstmForward(
            gates, layer.cell.base + t * block, cellAfter, layer.squashed.base + t * block, after, streams, width)
        for s in 0..<streams where window.opening.base[t * streams + s] != 0 {
            (after + s * width).update(repeating: 0, count: width)
            (cellAfter + s * width).update(repeating: 0, count: width)
        }
        let output = layer.output.base + t * block
        if dropout.rate > 0 {
            applyDropout(output, after, dropout, layer: l, t)
        } else {
            output.update(from: after, count: block)
        }
    }

    /// The same for outputs and for their gradients.
    func applyDropout(
        _ y: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ dropout: Dropout, layer: Int, _ t: Int
    ) {
        let first = UInt32(truncatingIfNeeded: (t * allStreams + firstStream) * configuration.hidden)
        kernels.dropout(
            y, x, dropout.key(layer: layer), first, dropout.threshold, dropout.scale, streams * configuration.hidden)
    }
}
