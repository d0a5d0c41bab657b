// Real-time path.

import Kernels

/// The four kernels of a step, called through C function pointers. The compiler cannot see through a pointer, so each
/// call is exempt from its performance analysis: the bodies (KernelVariants: Step.swift, Elementwise.swift) hold
/// loops over the given memory and nothing else.
struct StepKernels {
    private let lstmCellPointer: KernelTable.LSTMCell
    private let affinePointer: KernelTable.Affine
    private let addPointer: @convention(c) (UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int) -> Void
    private let tanhPointer: @convention(c) (UnsafeMutablePointer<Float>, Int) -> Void

    init(_ table: KernelTable) {
        lstmCellPointer = table.lstmCell
        affinePointer = table.affine
        addPointer = table.add
        tanhPointer = table.tanhForward
    }

    @_semantics("no_performance_analysis")
    func lstmCell(
        into hidden: UnsafeMutablePointer<Float>, cell: UnsafeMutablePointer<Float>, gates: UnsafePointer<Float>,
        units: Int
    ) {
        lstmCellPointer(hidden, cell, gates, units)
    }

    @_semantics("no_performance_analysis")
    func affine(
        into output: UnsafeMutablePointer<Float>, start: UnsafePointer<Float>, matrix: UnsafePointer<Float>,
        input: UnsafePointer<Float>, rows: Int, columns: Int
    ) {
        affinePointer(output, start, matrix, input, rows, columns)
    }

    @_semantics("no_performance_analysis")
    func add(_ row: UnsafePointer<Float>, to sum: UnsafeMutablePointer<Float>, count: Int) {
        addPointer(sum, row, count)
    }

    @_semantics("no_performance_analysis")
    func tanh(_ values: UnsafeMutablePointer<Float>, count: Int) { tanhPointer(values, count) }
}
