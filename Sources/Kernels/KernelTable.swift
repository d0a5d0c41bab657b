/// The kernels of the instruction set chosen at start. What each does and expects stands with its one source in
/// Sources/KernelVariants; the tables are plain C function pointers, so a call costs no reference counting.
import CPlatform
import KernelsPortable

#if arch(x86_64)
    import KernelsV2
    import KernelsV3
    import KernelsV4
#endif

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
}

extension KernelTable {
    static let portable = KernelTable(
        variant: .portable,
        packPanels: { KernelsPortable.packPanels($0, $1, $2, $3, $4, $5) },
        gemm: { KernelsPortable.gemm($0, $1, $2, $3, $4, $5, $6, $7, $8) },
        gemmTransposed: { KernelsPortable.gemmTransposed($0, $1, $2, $3, $4, $5, $6, $7, $8, $9) },
        lstmForward: { KernelsPortable.lstmForward($0, $1, $2, $3, $4, $5, $6) },
        lstmBackward: { KernelsPortable.lstmBackward($0, $1, $2, $3, $4, $5, $6, $7) },
        softmaxCrossEntropy: { KernelsPortable.softmaxCrossEntropy($0, $1, $2, $3, $4, $5, $6, $7, $8) },
        gatherAdd: { KernelsPortable.gatherAdd($0, $1, $2, $3, $4) },
        scatterAdd: { KernelsPortable.scatterAdd($0, $1, $2, $3, $4) },
        add: { KernelsPortable.add($0, $1, $2) },
        addColumnSums: { KernelsPortable.addColumnSums($0, $1, $2, $3, $4) },
        dropout: { KernelsPortable.dropout($0, $1, $2, $3, $4, $5, $6) },
        tanhForward: { KernelsPortable.tanhForward($0, $1) },
        tanhBackward: { KernelsPortable.tanhBackward($0, $1, $2) },
        sumOfSquares: { KernelsPortable.sumOfSquares($0, $1) },
        adam: { KernelsPortable.adam($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10) },
        exponentials: { KernelsPortable.exponentials($0, $1, $2) },
        logarithms: { KernelsPortable.logarithms($0, $1, $2) })
}

#if arch(x86_64)
    extension KernelTable {
        static let v2 = KernelTable(
            variant: .v2,
            packPanels: { KernelsV2.packPanels($0, $1, $2, $3, $4, $5) },
            gemm: { KernelsV2.gemm($0, $1, $2, $3, $4, $5, $6, $7, $8) },
            gemmTransposed: { KernelsV2.gemmTransposed($0, $1, $2, $3, $4, $5, $6, $7, $8, $9) },
            lstmForward: { KernelsV2.lstmForward($0, $1, $2, $3, $4, $5, $6) },
            lstmBackward: { KernelsV2.lstmBackward($0, $1, $2, $3, $4, $5, $6, $7) },
            softmaxCrossEntropy: { KernelsV2.softmaxCrossEntropy($0, $1, $2, $3, $4, $5, $6, $7, $8) },
            gatherAdd: { KernelsV2.gatherAdd($0, $1, $2, $3, $4) },
            scatterAdd: { KernelsV2.scatterAdd($0, $1, $2, $3, $4) },
            add: { KernelsV2.add($0, $1, $2) },
            addColumnSums: { KernelsV2.addColumnSums($0, $1, $2, $3, $4) },
            dropout: { KernelsV2.dropout($0, $1, $2, $3, $4, $5, $6) },
            tanhForward: { KernelsV2.tanhForward($0, $1) },
            tanhBackward: { KernelsV2.tanhBackward($0, $1, $2) },
            sumOfSquares: { KernelsV2.sumOfSquares($0, $1) },
            adam: { KernelsV2.adam($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10) },
            exponentials: { KernelsV2.exponentials($0, $1, $2) },
            logarithms: { KernelsV2.logarithms($0, $1, $2) })

        static let v3 = KernelTable(
            variant: .v3,
            packPanels: { KernelsV3.packPanels($0, $1, $2, $3, $4, $5) },
            gemm: { KernelsV3.gemm($0, $1, $2, $3, $4, $5, $6, $7, $8) },
            gemmTransposed: { KernelsV3.gemmTransposed($0, $1, $2, $3, $4, $5, $6, $7, $8, $9) },
            lstmForward: { KernelsV3.lstmForward($0, $1, $2, $3, $4, $5, $6) },
            lstmBackward: { KernelsV3.lstmBackward($0, $1, $2, $3, $4, $5, $6, $7) },
            softmaxCrossEntropy: { KernelsV3.softmaxCrossEntropy($0, $1, $2, $3, $4, $5, $6, $7, $8) },
            gatherAdd: { KernelsV3.gatherAdd($0, $1, $2, $3, $4) },
            scatterAdd: { KernelsV3.scatterAdd($0, $1, $2, $3, $4) },
            add: { KernelsV3.add($0, $1, $2) },
            addColumnSums: { KernelsV3.addColumnSums($0, $1, $2, $3, $4) },
            dropout: { KernelsV3.dropout($0, $1, $2, $3, $4, $5, $6) },
            tanhForward: { KernelsV3.tanhForward($0, $1) },
            tanhBackward: { KernelsV3.tanhBackward($0, $1, $2) },
            sumOfSquares: { KernelsV3.sumOfSquares($0, $1) },
            adam: { KernelsV3.adam($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10) },
            exponentials: { KernelsV3.exponentials($0, $1, $2) },
            logarithms: { KernelsV3.logarithms($0, $1, $2) })

        static let v4 = KernelTable(
            variant: .v4,
            packPanels: { KernelsV4.packPanels($0, $1, $2, $3, $4, $5) },
            gemm: { KernelsV4.gemm($0, $1, $2, $3, $4, $5, $6, $7, $8) },
            gemmTransposed: { KernelsV4.gemmTransposed($0, $1, $2, $3, $4, $5, $6, $7, $8, $9) },
            lstmForward: { KernelsV4.lstmForward($0, $1, $2, $3, $4, $5, $6) },
            lstmBackward: { KernelsV4.lstmBackward($0, $1, $2, $3, $4, $5, $6, $7) },
            softmaxCrossEntropy: { KernelsV4.softmaxCrossEntropy($0, $1, $2, $3, $4, $5, $6, $7, $8) },
            gatherAdd: { KernelsV4.gatherAdd($0, $1, $2, $3, $4) },
            scatterAdd: { KernelsV4.scatterAdd($0, $1, $2, $3, $4) },
            add: { KernelsV4.add($0, $1, $2) },
            addColumnSums: { KernelsV4.addColumnSums($0, $1, $2, $3, $4) },
            dropout: { KernelsV4.dropout($0, $1, $2, $3, $4, $5, $6) },
            tanhForward: { KernelsV4.tanhForward($0, $1) },
            tanhBackward: { KernelsV4.tanhBackward($0, $1, $2) },
            sumOfSquares: { KernelsV4.sumOfSquares($0, $1) },
            adam: { KernelsV4.adam($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10) },
            exponentials: { KernelsV4.exponentials($0, $1, $2) },
            logarithms: { KernelsV4.logarithms($0, $1, $2) })
    }
#endif
