import Network

/// Working memory of the heads for one pass.
struct HeadBuffers {
    /// Rows of the pass that have the field.
    let index: Buffer<Int32>
    let target: Buffer<Int32>
    let legal: Buffer<UInt64>
    /// Classes of earlier fields, for B.
    let given: Buffer<Int32>
    /// Compacted outputs of the top layer, then their gradients, [rows, hidden].
    let input: Buffer<Float>
    /// [rows, headWidth].
    let z: Buffer<Float>
    let zGradient: Buffer<Float>
    /// [rows, classes rounded up to 16].
    let logits: Buffer<Float>
    let nats: Buffer<Float>
    /// As many as the most classes.
    let zeros: Buffer<Float>

    init(_ configuration: Configuration, rows: Int) {
        let classes = configuration.fields.map(\.classes).max() ?? 0
        index = Buffer(rows)
        target = Buffer(rows)
        legal = Buffer(rows * (classes + 63) / 64 + rows)
        given = Buffer(rows)
        input = Buffer(rows * configuration.hidden)
        z = Buffer(rows * configuration.headWidth)
        zGradient = Buffer(rows * configuration.headWidth)
        logits = Buffer(rows * ((classes + 15) / 16 * 16))
        nats = Buffer(rows)
        zeros = Buffer(classes)
    }
}

extension Replica {
    /// Nats of every field's targets into `tally`; with a gradient scale also the gradients.
    func forwardHeads(_ window: Window, _ steps: Range<Int>, gradientScale: Float?) {
        let first = steps.lowerBound * streams
        let rows = steps.count * streams
        let width = configuration.hidden
        let output = layers[configuration.layers - 1].output.base + first * width
        let outputGradient = outputGradient.base + first * width
        if gradientScale != nil { outputGradient.update(repeating: 0, count: rows * width) }
        for k in configuration.fields.indices {
            let count = compactTargets(window.fields[k], first, rows)
            guard count > 0 else { continue }
            var input = output
            if count < rows {
                input = heads.input.base
                input.update(repeating: 0, count: count * width)
                kernels.gatherAdd(input, output, heads.index.base, count, width)
            }
            let z = headInput(k, window, input, count, first)
            computeLogits(k, z, count, first)
            if gradientScale == nil && rowScores.nats[k].count > 0 {
                scoreRows(k, input, count, first)
            } else {
                score(k, count, gradientScale ?? 1)
            }
            if gradientScale != nil {
                backwardHead(k, window, input, z, count, first, count < rows ? nil : outputGradient)
                if count < rows {
                    kernels.scatterAdd(outputGradient, heads.input.base, heads.index.base, count, width)
                }
            }
        }
    }

    /// Rows of the pass where the field is present: indices, targets and legal classes, in order.
    private func compactTargets(_ field: Window.FieldRows, _ first: Int, _ rows: Int) -> Int {
        var count = 0
        for row in 0..<rows where field.target.base[first + row] >= 0 {
            heads.index.base[count] = Int32(row)
            heads.target.base[count] = field.target.base[first + row]
            for w in 0..<field.words {
                heads.legal.base[count * field.words + w] = field.legal.base[(first + row) * field.words + w]
            }
            count += 1
        }
        return count
    }

    /// What C multiplies: z = tanh(A·h + Σ B[f]), or h itself when the head width is 0.
    private func headInput(
        _ k: Int, _ window: Window, _ input: UnsafeMutablePointer<Float>, _ count: Int, _ first: Int
    ) -> UnsafeMutablePointer<Float> {
        let width = configuration.headWidth
        guard width > 0 else { return input }
        let z = heads.z.base
        packed.headA[k].forward.multiply(
            input, configuration.hidden, rows: count, into: z, width, adding: false, scratch: scratch)
        for j in 0..<k {
            selectGiven(window.fields[j], count, first)
            kernels.gatherAdd(z, packed.weights.base + layout.headB[k][j].offset, heads.given.base, count, width)
        }
        kernels.tanhForward(z, count * width)
        return z
    }

    private func selectGiven(_ field: Window.FieldRows, _ count: Int, _ first: Int) {
        for row in 0..<count { heads.given.base[row] = field.target.base[first + Int(heads.index.base[row])] }
    }

    /// Floats from one row of logits to the next.
    private func logitStride(_ k: Int) -> Int { (packed.headC[k].outputs + 15) / 16 * 16 }

    /// Without the bias.
    private func computeLogits(_ k: Int, _ z: UnsafeMutablePointer<Float>, _ count: Int, _ first: Int) {
        let matrix = packed.headC[k]
        matrix.forward.multiply(
            z, matrix.inputs, rows: count, into: heads.logits.base, logitStride(k), adding: false, scratch: scratch)
    }

    private func score(_ k: Int, _ count: Int, _ scale: Float) {
        let outputs = packed.headC[k].outputs
        tally.hits[k] += kernels.softmaxCrossEntropy(
            heads.logits.base, logitStride(k), packed.weights.base + layout.headBiases[k].offset, heads.legal.base,
            (outputs + 63) / 64, heads.target.base, scale, heads.nats.base, count)
        tally.rows[k] += count
        var nats = 0.0
        for row in 0..<count { nats += Double(heads.nats.base[row]) }
        tally.nats[k] += nats
    }

    /// The kernel tells hits as a sum: row by row, each can be told.
    private func scoreRows(_ k: Int, _ input: UnsafePointer<Float>, _ count: Int, _ first: Int) {
        let words = (packed.headC[k].outputs + 63) / 64
        let stride = logitStride(k)
        let bias = UnsafePointer(packed.weights.base) + layout.headBiases[k].offset
        let witness = witness?.field == k ? witness : nil
        for row in 0..<count {
            let place = first + Int(heads.index.base[row])
            let logits = heads.logits.base + row * stride
            let legal = heads.legal.base + row * words
            if let witness {
                kernels.add(logits, bias, stride)
                witness.see(
                    WitnessedRow(
                        stream: place % streams, target: Int(heads.target.base[row]),
                        h: input + row * configuration.hidden, logits: logits, legal: legal))
            }
            let hits = kernels.softmaxCrossEntropy(
                logits, stride, witness == nil ? bias : UnsafePointer(heads.zeros.base), legal, words,
                heads.target.base + row, 1, rowScores.nats[k].base + place, 1)
            rowScores.hits[k].base[place] = UInt8(hits)
        }
    }

    /// Gradients of head k from that of its logits; the gradient of its input is added to `inputGradient`, or stands
    /// in `heads.input` if that is nil (compacted rows).
    private func backwardHead(
        _ k: Int, _ window: Window, _ input: UnsafeMutablePointer<Float>, _ z: UnsafeMutablePointer<Float>,
        _ count: Int, _ first: Int, _ inputGradient: UnsafeMutablePointer<Float>?
    ) {
        let c = packed.headC[k]
        let stride = (c.outputs + 15) / 16 * 16
        let logits = heads.logits.base
        let hidden = configuration.hidden
        let width = configuration.headWidth
        packed.products.addTransposed(
            logits, stride, z, c.inputs, rows: c.outputs, columns: c.inputs, depth: count,
            into: gradient.base + c.offset, scratch: scratch)
        kernels.addColumnSums(gradient.base + layout.headBiases[k].offset, logits, stride, count, c.outputs)
        guard width > 0 else {
            c.backward.multiply(
                logits, stride, rows: count, into: inputGradient ?? heads.input.base, hidden,
                adding: inputGradient != nil, scratch: scratch)
            return
        }
        let dz = heads.zGradient.base
        c.backward.multiply(logits, stride, rows: count, into: dz, width, adding: false, scratch: scratch)
        kernels.tanhBackward(dz, z, count * width)
        for j in 0..<k {
            selectGiven(window.fields[j], count, first)
            kernels.scatterAdd(gradient.base + layout.headB[k][j].offset, dz, heads.given.base, count, width)
        }
        let a = packed.headA[k]
        packed.products.addTransposed(
            dz, width, input, hidden, rows: width, columns: hidden, depth: count, into: gradient.base + a.offset,
            scratch: scratch)
        a.backward.multiply(
            dz, width, rows: count, into: inputGradient ?? heads.input.base, hidden, adding: inputGradient != nil,
            scratch: scratch)
    }
}
