// REAL-TIME (improviser): the kernels of a step.

import Kernels

/// The kernels of a step, called through C function pointers. The compiler cannot see through a pointer, so each call is
/// exempt from its performance analysis: the bodies (KernelVariants: Step….swift, Elementwise.swift,
/// Reading.swift) hold loops over the given memory and nothing else.
struct StepKernels {
    private let lstmCellPointer: KernelTable.LSTMCell
    private let lstmStepPointer: KernelTable.LSTMStep
    private let recurrentPointer: KernelTable.Affine
    private let headPointer: KernelTable.Affine
    private let learntHeadPointer: KernelTable.Affine
    private let quantizePointer: KernelTable.Quantize
    private let addPointer: @convention(c) (UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int) -> Void
    private let tanhPointer: @convention(c) (UnsafeMutablePointer<Float>, Int) -> Void
    /// Whether they read what `quantize` writes, and not floats: `lstmStep` and `recurrent`; `head`.
    let quantizesGates: Bool
    let quantizesHeads: Bool

    init(_ table: KernelTable, _ precision: WeightPrecision) {
        lstmCellPointer = table.lstmCell(precision)
        lstmStepPointer = table.lstmStep(precision)
        recurrentPointer = table.affine(precision)
        headPointer = table.affine(precision.heads)
        learntHeadPointer = table.affine(precision.learntHeads)
        quantizePointer = table.quantize(precision)
        addPointer = table.add
        tanhPointer = table.tanhForward
        quantizesGates = precision == .int8 || precision == .mixed
        quantizesHeads = precision == .int8
    }

    @_semantics("no_performance_analysis")  // a C function pointer, as said above
    func lstmCell(
        into hidden: UnsafeMutablePointer<Float>, cell: UnsafeMutablePointer<Float>, gates: UnsafePointer<Float>,
        rows: UnsafeRawPointer, count: Int, units: Int
    ) {
        lstmCellPointer(hidden, cell, gates, rows, count, units)
    }

    @_semantics("no_performance_analysis")  // a C function pointer, as said above
    func lstmStep(
        into hidden: UnsafeMutablePointer<Float>, cell: UnsafeMutablePointer<Float>, start: UnsafePointer<Float>,
        matrix: UnsafeRawPointer, input: UnsafeRawPointer, units: Int, columns: Int
    ) {
        lstmStepPointer(hidden, cell, start, matrix, input, units, columns)
    }

    @_semantics("no_performance_analysis")  // a C function pointer, as said above
    func recurrent(
        into output: UnsafeMutablePointer<Float>, start: UnsafePointer<Float>, matrix: UnsafeRawPointer,
        input: UnsafeRawPointer, rows: Int, columns: Int
    ) {
        recurrentPointer(output, start, matrix, input, rows, columns)
    }

    @_semantics("no_performance_analysis")  // a C function pointer, as said above
    func head(
        into output: UnsafeMutablePointer<Float>, start: UnsafePointer<Float>, matrix: UnsafeRawPointer,
        input: UnsafeRawPointer, rows: Int, columns: Int
    ) {
        headPointer(output, start, matrix, input, rows, columns)
    }

    @_semantics("no_performance_analysis")  // a C function pointer, as said above
    func learntHead(
        into output: UnsafeMutablePointer<Float>, start: UnsafePointer<Float>, matrix: UnsafeRawPointer,
        input: UnsafePointer<Float>, rows: Int, columns: Int
    ) {
        learntHeadPointer(output, start, matrix, UnsafeRawPointer(input), rows, columns)
    }

    @_semantics("no_performance_analysis")  // a C function pointer, as said above
    func quantize(_ values: UnsafePointer<Float>, to bytes: UnsafeMutablePointer<UInt8>, count: Int) {
        quantizePointer(bytes, values, count)
    }

    @_semantics("no_performance_analysis")  // a C function pointer, as said above
    func add(_ row: UnsafePointer<Float>, to sum: UnsafeMutablePointer<Float>, count: Int) {
        addPointer(sum, row, count)
    }

    @_semantics("no_performance_analysis")  // a C function pointer, as said above
    func tanh(_ values: UnsafeMutablePointer<Float>, count: Int) { tanhPointer(values, count) }
}
