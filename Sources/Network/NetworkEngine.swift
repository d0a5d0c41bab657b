// Real-time path: no allocation, lock, reference counting or Foundation. Network+Packing.swift prepares it.

import Kernels

/// All that a step reads: raw pointers into memory that a `Network` owns and never changes. A trivial value, so the
/// real-time thread calls it without reference counting; whoever holds it keeps its `Network` alive.
///
/// The caller owns the state (`stateCount` floats, one block, copied by memcpy: that is a snapshot) and the scratch
/// (`scratchCount` floats, one block for each thread, of no meaning between calls), both aligned to 64 bytes.
///
/// State: h of each layer [hidden], c of each layer [hidden], then A_k·h of all heads [headWidth]: what stands
/// between an event and its first distribution is computed once, when the state is. Widths are rounded up to 16;
/// the lanes beyond the true width are 0.
///
/// @unchecked Sendable: pointers to memory that is written before the engine exists and never after.
public struct NetworkEngine: @unchecked Sendable {
    /// One field's place in the input table and its head.
    struct Head {
        /// Row of the field's class 0 in `inputTable` and in each `feedback`.
        var firstRow = 0
        var classes = 0
        /// [Σ classes of the fields before][headWidth]: B_kj.
        var feedback: UnsafePointer<Float>
        /// C_k and b_k, rows rounded up to 16; the bias of the rows beyond is −∞.
        var matrix: UnsafePointer<Float>
        var bias: UnsafePointer<Float>
    }

    /// Floats of a state.
    public let stateCount: Int
    /// Floats of a thread's scratch.
    public let scratchCount: Int

    let kernels: StepKernels
    let fields: Int
    let layers: Int
    /// Both rounded up to 16; head width 0 stays 0.
    let hidden: Int
    let headWidth: Int

    /// The fold: W_ih·E[f] of layer 0 for each class of each field, [Σ classes][4·hidden].
    let inputTable: UnsafePointer<Float>
    /// b_ih + b_hh, [layers][4·hidden].
    let gateBiases: UnsafePointer<Float>
    /// Layer 0: [4·hidden, hidden]; then each layer [4·hidden, 2·hidden], from below and recurrent side by side.
    let gateMatrices: UnsafePointer<Float>
    /// A of all heads, one below the other: [fields·headWidth, hidden].
    let headA: UnsafePointer<Float>
    /// As many as headA has rows.
    let zeros: UnsafePointer<Float>
    let heads: InlineArray<4, Head>

    /// Floats that `logits` writes for a field: its classes rounded up to 16.
    @_noAllocation @_noLocks
    public func logitCount(_ field: Int) -> Int { (heads[field].classes + 15) & ~15 }

    /// The state before anything was heard: h = c = 0. Any thread.
    @_noAllocation @_noLocks
    public func reset(_ state: UnsafeMutablePointer<Float>) {
        state.initialize(repeating: 0, count: stateCount)
    }

    /// Hears one token: `state` becomes the state after it. Any thread, one at a time for a state and a scratch.
    /// - Parameter row: a class of each field, negative where absent. A class out of range stops the program.
    @_noAllocation @_noLocks
    public func step(_ state: UnsafeMutablePointer<Float>, _ row: FieldRow, scratch: UnsafeMutablePointer<Float>) {
        let gates = 4 * hidden
        let cells = state + layers * hidden
        let newHidden = scratch + gates
        copy(gateBiases, to: scratch, count: gates)
        for field in 0..<fields where row[field] >= 0 {
            kernels.add(inputTable + tableRow(field, row) * gates, to: scratch, count: gates)
        }
        kernels.lstmStep(
            into: newHidden, cell: cells, start: scratch, matrix: gateMatrices, input: state, units: hidden,
            columns: hidden)
        copy(newHidden, to: state, count: hidden)
        var matrix = gateMatrices + gates * hidden
        for layer in 1..<layers {
            // The h of the layer below, already new, and this layer's, still old, lie side by side in the state.
            kernels.lstmStep(
                into: newHidden, cell: cells + layer * hidden, start: gateBiases + layer * gates, matrix: matrix,
                input: state + (layer - 1) * hidden, units: hidden, columns: 2 * hidden)
            copy(newHidden, to: state + layer * hidden, count: hidden)
            matrix += gates * 2 * hidden
        }
        guard headWidth > 0 else { return }
        kernels.affine(
            into: state + 2 * layers * hidden, start: zeros, matrix: headA, input: state + (layers - 1) * hidden,
            rows: fields * headWidth, columns: hidden)
    }

    /// The logits of `field`, given the classes of the fields before it in `row` (the lanes from `field` on are not
    /// read): `logitCount(field)` floats, −∞ beyond the classes. Any thread; the state is only read.
    @_noAllocation @_noLocks
    public func logits(
        _ field: Int, given row: FieldRow, state: UnsafePointer<Float>, scratch: UnsafeMutablePointer<Float>,
        into logits: UnsafeMutablePointer<Float>
    ) {
        let head = heads[field]
        let rows = logitCount(field)
        guard headWidth > 0 else {
            kernels.affine(
                into: logits, start: head.bias, matrix: head.matrix, input: state + (layers - 1) * hidden,
                rows: rows, columns: hidden)
            return
        }
        copy(state + 2 * layers * hidden + field * headWidth, to: scratch, count: headWidth)
        for earlier in 0..<field where row[earlier] >= 0 {
            kernels.add(head.feedback + tableRow(earlier, row) * headWidth, to: scratch, count: headWidth)
        }
        kernels.tanh(scratch, count: headWidth)
        kernels.affine(
            into: logits, start: head.bias, matrix: head.matrix, input: scratch, rows: rows, columns: headWidth)
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
