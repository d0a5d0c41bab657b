/// The table of kernels: what there is, and which function of a variant it is. `KernelTables` builds the first part alone, so
/// that the type belongs to no instruction set; each variant builds the second. Plain C function pointers, so a call costs no
/// reference counting.
#if KERNEL_TABLE
    /// The kernels of the instruction set chosen at start. What each does and expects stands with its one source in
    /// Sources/KernelVariants.
    public struct KernelTable: Sendable {
        public typealias LSTMCell =
            @convention(c) (
                UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>, UnsafePointer<Float>, UnsafeRawPointer, Int,
                Int
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
                UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int,
                UnsafePointer<Float>,
                Int, UnsafePointer<Float>, Int, Int, Float, Float, Float, UnsafeMutableRawPointer, Int, Bool
            ) -> Void

        /// B into panels of sixteen columns.
        public package(set) var packPanels:
            @convention(c) (
                UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int, Int, Int, Int
            ) -> Void
        /// C = or += A · packed B.
        public package(set) var gemm:
            @convention(c) (
                UnsafeMutablePointer<Float>, Int, UnsafePointer<Float>, Int, UnsafePointer<Float>, Int, Int, Int,
                Bool
            ) -> Void
        /// C += Aᵀ · B.
        public package(set) var gemmTransposed:
            @convention(c) (
                UnsafeMutablePointer<Float>, Int, UnsafePointer<Float>, Int, UnsafePointer<Float>, Int, Int, Int,
                Int, UnsafeMutablePointer<Float>
            ) -> Void
        /// The cell, and what its gradient needs.
        public package(set) var lstmForward:
            @convention(c) (
                UnsafeMutablePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>,
                UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>, Int, Int
            ) -> Void
        /// Gradients of the cell.
        public package(set) var lstmBackward:
            @convention(c) (
                UnsafeMutablePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>,
                UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int, Int
            ) -> Void
        /// Nats and gradient over the legal classes.
        public package(set) var softmaxCrossEntropy:
            @convention(c) (
                UnsafeMutablePointer<Float>, Int, UnsafePointer<Float>, UnsafePointer<UInt64>, Int,
                UnsafePointer<Int32>, Float, UnsafeMutablePointer<Float>, Int
            ) -> Int
        /// rows[r] += table[index[r]].
        public package(set) var gatherAdd:
            @convention(c) (
                UnsafeMutablePointer<Float>, UnsafePointer<Float>, UnsafePointer<Int32>, Int, Int
            ) -> Void
        /// table[index[r]] += rows[r].
        public package(set) var scatterAdd:
            @convention(c) (
                UnsafeMutablePointer<Float>, UnsafePointer<Float>, UnsafePointer<Int32>, Int, Int
            ) -> Void
        /// y += x.
        public package(set) var add: @convention(c) (UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int) -> Void
        /// sums += column sums.
        public package(set) var addColumnSums:
            @convention(c) (
                UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int, Int, Int
            ) -> Void
        /// Inverted dropout from a counter.
        public package(set) var dropout:
            @convention(c) (
                UnsafeMutablePointer<Float>, UnsafePointer<Float>, UInt32, UInt32, UInt32, Float, Int
            ) -> Void
        /// x = tanh(x).
        public package(set) var tanhForward: @convention(c) (UnsafeMutablePointer<Float>, Int) -> Void
        /// dz = dz · (1 − z²).
        public package(set) var tanhBackward:
            @convention(c) (UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int) -> Void
        /// Σ x².
        public package(set) var sumOfSquares: @convention(c) (UnsafePointer<Float>, Int) -> Double
        /// One Adam update.
        public package(set) var adam:
            @convention(c) (
                UnsafeMutablePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>,
                UnsafeMutablePointer<Float>, Int, Float, Float, Float, Float, Float, Float
            ) -> Void
        /// y = exp(x).
        public package(set) var exponentials:
            @convention(c) (UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int) -> Void
        /// y = log(x).
        public package(set) var logarithms:
            @convention(c) (UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int) -> Void

        // The kernels of one-token steps; Kernels/KernelTable+Step.swift chooses among them.

        package var lstmCellFP32, lstmCellBF16: LSTMCell
        package var lstmStepFP32, lstmStepBF16, lstmStepGrouped, lstmStepInt8: LSTMStep
        package var affineFP32, affineBF16, affineGrouped, affineInt8: Affine
        package var quantizeCoarsely, quantizeFinely: Quantize
        /// A draw from the softmax of logits.
        public package(set) var sample: Sample
        /// The update of a matrix that learns while it is played.
        public package(set) var adaptPanel: AdaptPanel
        /// Reads memory, as many bytes as a multiple of 256, and nothing else.
        public package(set) var readThrough: @convention(c) (UnsafeRawPointer, Int) -> UInt32
        /// Multiply-adds at the speed of their units.
        public package(set) var multiplyAdd: @convention(c) (UnsafeMutablePointer<Float>, Int) -> Int
        /// Set by `Kernels`, and the last: all before it are functions.
        public package(set) var variant: KernelVariant
    }
#else
    import KernelTables

    /// Writes the variant's kernels into a table, every one.
    ///
    /// Into memory of the caller's: a variant that returned a table would define functions that copy it, which any code of
    /// the program may be linked to.
    package func fill(_ table: UnsafeMutablePointer<KernelTable>) {
        table.pointee.packPanels = packPanels
        table.pointee.gemm = gemm
        table.pointee.gemmTransposed = gemmTransposed
        table.pointee.lstmForward = lstmForward
        table.pointee.lstmBackward = lstmBackward
        table.pointee.softmaxCrossEntropy = softmaxCrossEntropy
        table.pointee.gatherAdd = gatherAdd
        table.pointee.scatterAdd = scatterAdd
        table.pointee.add = add
        table.pointee.addColumnSums = addColumnSums
        table.pointee.dropout = dropout
        table.pointee.tanhForward = tanhForward
        table.pointee.tanhBackward = tanhBackward
        table.pointee.sumOfSquares = sumOfSquares
        table.pointee.adam = adam
        table.pointee.exponentials = exponentials
        table.pointee.logarithms = logarithms
        table.pointee.lstmCellFP32 = lstmCell
        table.pointee.lstmCellBF16 = lstmCellBF16
        table.pointee.lstmStepFP32 = lstmStep
        table.pointee.lstmStepBF16 = lstmStepBF16
        table.pointee.lstmStepGrouped = lstmStepGrouped
        table.pointee.lstmStepInt8 = lstmStepInt8
        table.pointee.affineFP32 = affine
        table.pointee.affineBF16 = affineBF16
        table.pointee.affineGrouped = affineGrouped
        table.pointee.affineInt8 = affineInt8
        table.pointee.quantizeCoarsely = quantize
        table.pointee.quantizeFinely = quantizeFinely
        table.pointee.sample = sample
        table.pointee.adaptPanel = adaptPanel
        table.pointee.readThrough = readThrough
        table.pointee.multiplyAdd = multiplyAdd
    }
#endif
