// REAL-TIME (improviser): one step of one token. Network+Packing.swift prepares it.

/// All that a step reads: raw pointers into memory that a `Network` owns and never changes. A trivial value, so the
/// real-time thread calls it without reference counting; whoever holds it keeps its `Network` alive.
///
/// The caller owns the state (`stateCount` floats, one block, copied by memcpy) and the scratch (`scratchCount` floats,
/// one block for each thread, of no meaning between calls), both aligned to 64 bytes.
///
/// State: h of each layer [hidden], c of each layer [hidden], then what is computed ahead for the next token: the
/// recurrent product with the biases, W_hh·h + b, of each layer [4·hidden]. h and c determine the rest, so a snapshot
/// is the first `snapshotCount` floats, and `prepare` makes a state of it again. Widths are rounded up to 16; the lanes
/// beyond the true width are 0. Of a network with a recall, its place stands behind c, and its room in the
/// scratch: such a scratch serves one state that remembers what it hears, and copies of it that do not.
///
/// @unchecked Sendable: pointers to memory that is written before the engine exists and never after.
public struct NetworkEngine: @unchecked Sendable {
    /// One field's place in the input table and its head.
    struct Head {
        /// Row of the field's class 0 in `inputTable` and in each `feedback`.
        var firstRow = 0
        var classes = 0
        /// A_k: [headWidth, hidden].
        var a: UnsafeRawPointer
        /// [Σ classes of the fields before][headWidth]: B_kj.
        var feedback: UnsafePointer<Float>
        /// C_k and b_k, rows rounded up to 16; the bias of the rows beyond is −∞.
        var matrix: UnsafeRawPointer
        var bias: UnsafePointer<Float>
    }

    /// Floats of a state.
    public let stateCount: Int
    /// Floats at the beginning of a state from which `prepare` computes the others.
    public let snapshotCount: Int
    /// Floats of a thread's scratch.
    public let scratchCount: Int

    let kernels: StepKernels
    let fields: Int
    let layers: Int
    /// Both rounded up to 16; head width 0 stays 0.
    let hidden: Int
    let headWidth: Int
    /// Floats at the beginning of the scratch, for z or for pointers to rows of the table; bytes of 8-bit kernels follow.
    let zWidth: Int
    let recall: Recall?
    /// Where in a state the recall's place begins, and in the scratch its room.
    let recallPlace: Int
    let recallRoom: Int
    /// Where in the scratch there is room for a state.
    let spareState: Int

    /// The fold: W_ih·E[f] of layer 0 for each class of each field, [Σ classes][4·hidden].
    let inputTable: UnsafeRawPointer
    let tableRowBytes: Int
    /// b_ih + b_hh, [layers][4·hidden].
    let gateBiases: UnsafePointer<Float>
    /// W_ih of the layers from 1 on: each [4·hidden, hidden].
    let inputMatrices: UnsafeRawPointer
    /// W_hh of each layer: [4·hidden, hidden].
    let recurrentMatrices: UnsafeRawPointer
    /// Of one of these matrices.
    let gateMatrixBytes: Int
    /// As many as the head width.
    let zeros: UnsafePointer<Float>
    let heads: InlineArray<4, Head>

    /// Floats that `logits` writes for a field: its classes rounded up to 16.
    @_noAllocation @_noLocks
    public func logitCount(_ field: Int) -> Int { (heads[field].classes + 15) & ~15 }

    /// Sets the state before anything was heard: h = c = 0.
    /// - Thread: any, one at a time for a state
    @_noAllocation @_noLocks
    public func reset(_ state: UnsafeMutablePointer<Float>) {
        state.initialize(repeating: 0, count: snapshotCount)
        if let recall { recall.reset(state + recallPlace) }
        copy(gateBiases, to: state + snapshotCount, count: stateCount - snapshotCount)
    }

    /// Hears one token: `state` becomes the state after it, ready for the next. `advance`, then `prepare`.
    /// - Thread: any, one at a time for a state and a scratch
    @_noAllocation @_noLocks
    public func step(
        _ state: UnsafeMutablePointer<Float>, _ row: FieldRow, scratch: UnsafeMutablePointer<Float>,
        remembering: Bool = true
    ) {
        advance(state, row, scratch: scratch, remembering: remembering)
        prepare(state, scratch: scratch)
    }

    /// Bytes of what the network's recall remembers, beside the state.
    public var recallBytes: Int {
        @_noAllocation @_noLocks get { recall?.ringBytes ?? 0 }
    }

    /// Copies what is remembered into `memory`, of `recallBytes`.
    /// - Thread: any, one at a time for a scratch
    @_noAllocation @_noLocks
    public func keepRecall(
        of scratch: UnsafeMutablePointer<Float>, in memory: UnsafeMutableRawPointer
    ) {
        guard let recall else { return }
        let ring = recall.ring(in: scratch + recallRoom)
        memory.copyMemory(from: ring.baseAddress.unsafelyUnwrapped, byteCount: ring.count)
    }

    /// Brings back what `keepRecall` copied.
    /// - Thread: any, one at a time for a scratch
    @_noAllocation @_noLocks
    public func bringRecall(from memory: UnsafeRawPointer, to scratch: UnsafeMutablePointer<Float>) {
        guard let recall else { return }
        let ring = recall.ring(in: scratch + recallRoom)
        ring.baseAddress.unsafelyUnwrapped.copyMemory(from: memory, byteCount: ring.count)
    }

    /// The part of a step that needs the token. `logits` may follow at once; before the next token `prepare` must.
    /// - Parameters:
    ///   - row: a class of each field, negative where absent. A class out of range stops the program.
    ///   - remembering: whether the network's recall, if it has one, is to keep the token.
    /// - Thread: any, one at a time for a state and a scratch
    @_noAllocation @_noLocks
    public func advance(
        _ state: UnsafeMutablePointer<Float>, _ row: FieldRow, scratch: UnsafeMutablePointer<Float>,
        remembering: Bool = true
    ) {
        if let recall, remembering {
            recall.remember(Int(row[recall.shape.field]), state + recallPlace, room: scratch + recallRoom)
        }
        let gates = 4 * hidden
        let cells = state + layers * hidden
        let ahead = state + snapshotCount
        let rows = UnsafeMutableRawPointer(scratch)
        var count = 0
        for field in 0..<fields where row[field] >= 0 {
            rows.storeBytes(
                of: inputTable + tableRow(field, row) * tableRowBytes, toByteOffset: count &* 8,
                as: UnsafeRawPointer.self)
            count &+= 1
        }
        kernels.lstmCell(into: state, cell: cells, gates: ahead, rows: rows, count: count, units: hidden)
        for layer in 1..<layers {
            let input = state + (layer - 1) * hidden
            kernels.lstmStep(
                into: input + hidden, cell: cells + layer * hidden, start: ahead + layer * gates,
                matrix: inputMatrices + (layer - 1) * gateMatrixBytes,
                input: kernels.quantizesGates ? bytes(input, hidden, scratch) : UnsafeRawPointer(input), units: hidden,
                columns: hidden)
        }
        if let recall {
            recall.look(state + recallPlace, at: state + (layers - 1) * hidden, room: scratch + recallRoom)
        }
    }

    /// The part of a step that does not depend on the next token, most of its weights: done as soon as the answer to the
    /// last one is out.
    /// - Thread: any, one at a time for a state and a scratch
    @_noAllocation @_noLocks
    public func prepare(_ state: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>) {
        let gates = 4 * hidden
        for layer in 0..<layers {
            let input = state + layer * hidden
            kernels.recurrent(
                into: state + snapshotCount + layer * gates, start: gateBiases + layer * gates,
                matrix: recurrentMatrices + layer * gateMatrixBytes,
                input: kernels.quantizesGates ? bytes(input, hidden, scratch) : UnsafeRawPointer(input), rows: gates,
                columns: hidden)
        }
    }

    /// Hears a token and answers it, on a copy of the state that is thrown away. For the time between two tokens: when a
    /// processor sleeps, or runs something else, its caches lose what they held, of weights and of code.
    /// - Parameters:
    ///   - logits: room for those of the largest field.
    ///   - adaptation: of what is learnt, if that is what is played.
    /// - Thread: any, one at a time for a scratch; the state is only read
    @_noAllocation @_noLocks
    public func keepWarm(
        _ state: UnsafePointer<Float>, scratch: UnsafeMutablePointer<Float>, logits: UnsafeMutablePointer<Float>,
        adaptation: Adaptation? = nil
    ) {
        let spare = scratch + spareState
        copy(state, to: spare, count: stateCount)
        var row = FieldRow(repeating: -1)
        for field in 0..<fields { row[field] = 0 }
        advance(spare, row, scratch: scratch, remembering: false)
        for field in 0..<fields {
            self.logits(
                field, given: row, state: spare, scratch: scratch, into: logits, learnt: adaptation?.head(field))
            self.recall(field, legal: nil, state: spare, scratch: scratch, into: logits)
        }
    }

    /// The logits of `field`, given the classes of the fields before it in `row` (the lanes from `field` on are not
    /// read): `logitCount(field)` floats, −∞ beyond the classes.
    /// - Parameter learnt: what is read in the place of A_k; see `Adaptation.head`.
    /// - Thread: any, one at a time for a scratch; the state is only read
    @_noAllocation @_noLocks
    public func logits(
        _ field: Int, given row: FieldRow, state: UnsafePointer<Float>, scratch: UnsafeMutablePointer<Float>,
        into logits: UnsafeMutablePointer<Float>, learnt: UnsafeRawPointer? = nil
    ) {
        let head = heads[field]
        let rows = logitCount(field)
        let top = state + (layers - 1) * hidden
        guard headWidth > 0 else {
            return product(head.matrix, top, hidden, from: head.bias, into: logits, rows, scratch)
        }
        if let learnt {
            let inputs = min(layers, 2) &* hidden
            kernels.learntHead(
                into: scratch, start: zeros, matrix: learnt, input: top + (hidden &- inputs), rows: headWidth,
                columns: inputs)
        } else {
            product(head.a, top, hidden, from: zeros, into: scratch, headWidth, scratch)
        }
        for earlier in 0..<field where row[earlier] >= 0 {
            kernels.add(head.feedback + tableRow(earlier, row) * headWidth, to: scratch, count: headWidth)
        }
        kernels.tanh(scratch, count: headWidth)
        product(head.matrix, scratch, headWidth, from: head.bias, into: logits, rows, scratch)
    }

    /// Σ B of the fields before `field` in `row`: what they add to its z before the tanh.
    @_noAllocation @_noLocks
    func feedback(_ field: Int, given row: FieldRow, into z: UnsafeMutablePointer<Float>) {
        z.initialize(repeating: 0, count: headWidth)
        for earlier in 0..<field where row[earlier] >= 0 {
            kernels.add(heads[field].feedback + tableRow(earlier, row) * headWidth, to: z, count: headWidth)
        }
    }

    /// Mixes what was played before into the logits of `field`, if that is what the network recalls: the last thing before a
    /// draw.
    /// - Parameter legal: a bit for each class; the others' logits stay as they are. Nil: all are legal.
    /// - Thread: any, one at a time for a scratch
    @_noAllocation @_noLocks
    public func recall(
        _ field: Int, legal: UnsafePointer<UInt64>?, state: UnsafePointer<Float>, scratch: UnsafeMutablePointer<Float>,
        into logits: UnsafeMutablePointer<Float>
    ) {
        guard let recall, recall.shape.field == field else { return }
        recall.mix(into: logits, legal: legal, state + recallPlace, room: scratch + recallRoom)
    }

    /// output = start + matrix · input, of a head.
    @_noAllocation @_noLocks
    private func product(
        _ matrix: UnsafeRawPointer, _ input: UnsafePointer<Float>, _ columns: Int, from start: UnsafePointer<Float>,
        into output: UnsafeMutablePointer<Float>, _ rows: Int, _ scratch: UnsafeMutablePointer<Float>
    ) {
        kernels.head(
            into: output, start: start, matrix: matrix,
            input: kernels.quantizesHeads ? bytes(input, columns, scratch) : UnsafeRawPointer(input), rows: rows,
            columns: columns)
    }

    /// An h or z as 8-bit kernels read it, at the end of the scratch until the next call.
    @_noAllocation @_noLocks
    private func bytes(_ input: UnsafePointer<Float>, _ count: Int, _ scratch: UnsafeMutablePointer<Float>)
        -> UnsafeRawPointer
    {
        let bytes = UnsafeMutableRawPointer(scratch + zWidth).assumingMemoryBound(to: UInt8.self)
        kernels.quantize(input, to: bytes, count: count)
        return UnsafeRawPointer(bytes)
    }

    @_noAllocation @_noLocks
    private func tableRow(_ field: Int, _ row: FieldRow) -> Int {
        let value = Int(row[field])
        precondition(value < heads[field].classes, "class out of range")
        return heads[field].firstRow + value
    }

    /// Raw, since the typed calls may count references in generic code.
    @_noAllocation @_noLocks
    private func copy(_ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, count: Int) {
        UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: count * MemoryLayout<Float>.size)
    }
}
