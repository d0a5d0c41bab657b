/// The kernels of this instruction set as plain C function pointers, so that a call costs no reference counting. What each does
/// and expects stands with its function.
public struct KernelTable: Sendable {
    /// Of the variant: portable, v2, v3, v4.
    package let index: Int

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

    // The kernels of one-token steps; Kernels/KernelTable+Step.swift chooses among them.

    package let lstmCellFP32, lstmCellBF16: LSTMCell
    package let lstmStepFP32, lstmStepBF16, lstmStepGrouped, lstmStepInt8: LSTMStep
    package let affineFP32, affineBF16, affineGrouped, affineInt8: Affine
    package let quantizeCoarsely, quantizeFinely: Quantize
    /// A draw from the softmax of logits.
    public let sample: Sample
    /// The update of a matrix that learns while it is played.
    public let adaptPanel: AdaptPanel
    /// Reads memory, as many bytes as a multiple of 256, and nothing else.
    public let readThrough: @convention(c) (UnsafeRawPointer, Int) -> UInt32
    /// Multiply-adds at the speed of their units.
    public let multiplyAdd: @convention(c) (UnsafeMutablePointer<Float>, Int) -> Int
}

extension KernelTable {
    public typealias LSTMCell =
        @convention(c) (
            UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>, UnsafePointer<Float>, UnsafeRawPointer, Int, Int
        ) -> Void
    public typealias LSTMStep =
        @convention(c) (
            UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>, UnsafePointer<Float>, UnsafeRawPointer,
            UnsafeRawPointer, Int, Int
        ) -> Void
    public typealias Affine =
        @convention(c) (
            UnsafeMutablePointer<Float>, UnsafePointer<Float>, UnsafeRawPointer, UnsafeRawPointer, Int, Int
        ) -> Void
    public typealias Quantize = @convention(c) (UnsafeMutablePointer<UInt8>, UnsafePointer<Float>, Int) -> Void

    public typealias Sample =
        @convention(c) (
            UnsafeMutablePointer<Float>, UnsafePointer<Float>, UnsafePointer<UInt64>, Int, Float, Float, Float
        ) -> Int

    public typealias AdaptPanel =
        @convention(c) (
            UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int, UnsafePointer<Float>,
            Int, UnsafePointer<Float>, Int, Int, Float, Float, Float, UnsafeMutableRawPointer, Int, Bool
        ) -> Void
}

/// The table of this variant. Every variant has the same type under another module's name.
public func kernelTable() -> KernelTable {
    #if VARIANT_V4
        let variantIndex = 3
    #elseif VARIANT_V3
        let variantIndex = 2
    #elseif VARIANT_V2
        let variantIndex = 1
    #else
        let variantIndex = 0
    #endif
    // Closures, since Swift 6 makes C function pointers of `Sendable` tables from nothing else.
    return KernelTable(
        index: variantIndex,
        packPanels: { packPanels($0, $1, $2, $3, $4, $5) },
        gemm: { gemm($0, $1, $2, $3, $4, $5, $6, $7, $8) },
        gemmTransposed: { gemmTransposed($0, $1, $2, $3, $4, $5, $6, $7, $8, $9) },
        lstmForward: { lstmForward($0, $1, $2, $3, $4, $5, $6) },
        lstmBackward: { lstmBackward($0, $1, $2, $3, $4, $5, $6, $7) },
        softmaxCrossEntropy: { softmaxCrossEntropy($0, $1, $2, $3, $4, $5, $6, $7, $8) },
        gatherAdd: { gatherAdd($0, $1, $2, $3, $4) },
        scatterAdd: { scatterAdd($0, $1, $2, $3, $4) },
        add: { add($0, $1, $2) },
        addColumnSums: { addColumnSums($0, $1, $2, $3, $4) },
        dropout: { dropout($0, $1, $2, $3, $4, $5, $6) },
        tanhForward: { tanhForward($0, $1) },
        tanhBackward: { tanhBackward($0, $1, $2) },
        sumOfSquares: { sumOfSquares($0, $1) },
        adam: { adam($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10) },
        exponentials: { exponentials($0, $1, $2) },
        logarithms: { logarithms($0, $1, $2) },
        lstmCellFP32: { lstmCell($0, $1, $2, $3, $4, $5) },
        lstmCellBF16: { lstmCellBF16($0, $1, $2, $3, $4, $5) },
        lstmStepFP32: { lstmStep($0, $1, $2, $3, $4, $5, $6) },
        lstmStepBF16: { lstmStepBF16($0, $1, $2, $3, $4, $5, $6) },
        lstmStepGrouped: { lstmStepGrouped($0, $1, $2, $3, $4, $5, $6) },
        lstmStepInt8: { lstmStepInt8($0, $1, $2, $3, $4, $5, $6) },
        affineFP32: { affine($0, $1, $2, $3, $4, $5) },
        affineBF16: { affineBF16($0, $1, $2, $3, $4, $5) },
        affineGrouped: { affineGrouped($0, $1, $2, $3, $4, $5) },
        affineInt8: { affineInt8($0, $1, $2, $3, $4, $5) },
        quantizeCoarsely: { quantize($0, $1, $2) },
        quantizeFinely: { quantizeFinely($0, $1, $2) },
        sample: { sample($0, $1, $2, $3, $4, $5, $6) },
        adaptPanel: {
            adaptPanel($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        },
        readThrough: { readThrough($0, $1) },
        multiplyAdd: { multiplyAdd($0, $1) })
}
