// REAL-TIME (improviser): the kernels of learning.

import Kernels

/// As `StepKernels`: C function pointers, exempt from the compiler's analysis for the same reason.
struct AdaptationKernels {
    private let gemmPointer:
        @convention(c) (
            UnsafeMutablePointer<Float>, Int, UnsafePointer<Float>, Int, UnsafePointer<Float>, Int, Int, Int, Bool
        ) -> Void
    private let crossEntropyPointer:
        @convention(c) (
            UnsafeMutablePointer<Float>, Int, UnsafePointer<Float>, UnsafePointer<UInt64>, Int,
            UnsafePointer<Int32>, Float, UnsafeMutablePointer<Float>, Int
        ) -> Int
    private let tanhPointer: @convention(c) (UnsafeMutablePointer<Float>, Int) -> Void
    private let tanhBackwardPointer: @convention(c) (UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int) -> Void
    private let adaptPointer: KernelTable.AdaptPanel

    init(_ table: KernelTable) {
        gemmPointer = table.gemm
        crossEntropyPointer = table.softmaxCrossEntropy
        tanhPointer = table.tanhForward
        tanhBackwardPointer = table.tanhBackward
        adaptPointer = table.adaptPanel
    }

    @_semantics("no_performance_analysis")  // an instruction, which the compiler takes for a call
    func squareRoot(_ x: Float) -> Float { x.squareRoot() }

    /// c [rows, columns] = or += a · B, B in panels.
    @_semantics("no_performance_analysis")  // a C function pointer, as said above
    func gemm(
        _ c: UnsafeMutablePointer<Float>, _ cStride: Int, _ a: UnsafePointer<Float>, _ aStride: Int,
        _ panels: UnsafePointer<Float>, rows: Int, columns: Int, depth: Int, adding: Bool
    ) {
        gemmPointer(c, cStride, a, aStride, panels, rows, columns, depth, adding)
    }

    /// Logits become their gradients; masks have eight words a row.
    @_semantics("no_performance_analysis")  // a C function pointer, as said above
    func crossEntropy(
        _ logits: UnsafeMutablePointer<Float>, _ stride: Int, bias: UnsafePointer<Float>,
        legal: UnsafePointer<UInt64>, targets: UnsafePointer<Int32>, nats: UnsafeMutablePointer<Float>, rows: Int
    ) {
        _ = crossEntropyPointer(logits, stride, bias, legal, 8, targets, 1, nats, rows)
    }

    @_semantics("no_performance_analysis")  // a C function pointer, as said above
    func tanh(_ values: UnsafeMutablePointer<Float>, count: Int) { tanhPointer(values, count) }

    @_semantics("no_performance_analysis")  // a C function pointer, as said above
    func tanhBackward(_ dz: UnsafeMutablePointer<Float>, _ z: UnsafePointer<Float>, count: Int) {
        tanhBackwardPointer(dz, z, count)
    }

    @_semantics("no_performance_analysis")  // a C function pointer, as said above
    func adapt(
        _ fast: UnsafeMutablePointer<Float>, _ slow: UnsafeMutablePointer<Float>, base: UnsafePointer<Float>,
        step: Int, u: UnsafePointer<Float>, stride uStride: Int, v: UnsafePointer<Float>, stride vStride: Int,
        columns: Int, keep: Float, share: Float, scale: Float, into played: UnsafeMutableRawPointer, stride: Int,
        isHalf: Bool
    ) {
        adaptPointer(
            fast, slow, base, step, u, uStride, v, vStride, columns, keep, share, scale, played, stride, isHalf)
    }
}
