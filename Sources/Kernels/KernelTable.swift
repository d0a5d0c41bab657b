/// The kernels of the instruction set chosen at start. What each does and expects stands with its one source in
/// Sources/KernelVariants; the tables are plain C function pointers, so a call costs no reference counting.
public struct KernelTable: Sendable {
    public let variant: KernelVariant

    /// B into panels of sixteen columns.
    public let packPanels:
        @convention(c) (
            UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int, Int, Int, Int
        ) -> Void
    /// C = or += A · packed B.
    public let gemm:
        @convention(c) (
            UnsafeMutablePointer<Float>, Int, UnsafePointer<Float>, Int, UnsafePointer<Float>, Int, Int, Int,
            Bool
        ) -> Void
    /// C += Aᵀ · B.
    public let gemmTransposed:
        @convention(c) (
            UnsafeMutablePointer<Float>, Int, UnsafePointer<Float>, Int, UnsafePointer<Float>, Int, Int, Int,
            Int, UnsafeMutablePointer<Float>
        ) -> Void
    /// The cell, and what its gradient needs.
    public let lstmForward:
        @convention(c) (
            UnsafeMutablePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>,
            UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>, Int, Int
        ) -> Void
    /// Gradients of the cell.
    public let lstmBackward:
        @convention(c) (
            UnsafeMutablePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>,
            UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int, Int
        ) -> Void
    /// Nats and gradient over the legal classes.
    public let softmaxCrossEntropy:
        @convention(c) (
            UnsafeMutablePointer<Float>, Int, UnsafePointer<Float>, UnsafePointer<UInt64>, Int,
            UnsafePointer<Int32>, Float, UnsafeMutablePointer<Float>, Int
        ) -> Int
    /// rows[r] += table[index[r]].
    public let gatherAdd:
        @convention(c) (
            UnsafeMutablePointer<Float>, UnsafePointer<Float>, UnsafePointer<Int32>, Int, Int
        ) -> Void
    /// table[index[r]] += rows[r].
    public let scatterAdd:
        @convention(c) (
            UnsafeMutablePointer<Float>, UnsafePointer<Float>, UnsafePointer<Int32>, Int, Int
        ) -> Void
    /// y += x.
    public let add: @convention(c) (UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int) -> Void
    /// sums += column sums.
    public let addColumnSums:
        @convention(c) (
            UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int, Int, Int
        ) -> Void
    /// Inverted dropout from a counter.
    public let dropout:
        @convention(c) (
            UnsafeMutablePointer<Float>, UnsafePointer<Float>, UInt32, UInt32, UInt32, Float, Int
        ) -> Void
    /// x = tanh(x).
    public let tanhForward: @convention(c) (UnsafeMutablePointer<Float>, Int) -> Void
    /// dz = dz · (1 − z²).
    public let tanhBackward: @convention(c) (UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int) -> Void
    /// Σ x².
    public let sumOfSquares: @convention(c) (UnsafePointer<Float>, Int) -> Double
    /// One Adam update.
    public let adam:
        @convention(c) (
            UnsafeMutablePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>,
            UnsafeMutablePointer<Float>, Int, Float, Float, Float, Float, Float, Float
        ) -> Void
    /// y = exp(x).
    public let exponentials: @convention(c) (UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int) -> Void
    /// y = log(x).
    public let logarithms: @convention(c) (UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int) -> Void

    // The kernels of one-token steps; KernelTable+Step.swift chooses among them.

    let lstmCellFP32, lstmCellBF16: LSTMCell
    let lstmStepFP32, lstmStepBF16, lstmStepGrouped, lstmStepInt8: LSTMStep
    let affineFP32, affineBF16, affineGrouped, affineInt8: Affine
    let quantizeCoarsely, quantizeFinely: Quantize
    /// A draw from the softmax of logits.
    public let sample: Sample
    /// The update of a matrix that learns while it is played.
    public let adaptPanel: AdaptPanel
    /// Reads memory, as many bytes as a multiple of 256, and nothing else.
    public let readThrough: @convention(c) (UnsafeRawPointer, Int) -> UInt32
    /// Multiply-adds at the speed of their units.
    public let multiplyAdd: @convention(c) (UnsafeMutablePointer<Float>, Int) -> Int
}
