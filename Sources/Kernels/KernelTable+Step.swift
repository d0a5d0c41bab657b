/// The kernels of one-token steps (KernelVariants: Step.swift, StepBF16.swift, StepInt8.swift, StepGrouped.swift), by the table's variant.
import KernelsPortable

#if arch(x86_64)
    import KernelsV2
    import KernelsV3
    import KernelsV4
#endif

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

    /// c and h of the lowest layer; the rows of its table are floats, or else bfloat16.
    public func lstmCell(_ precision: WeightPrecision) -> LSTMCell { precision == .fp32 ? lstmCell : lstmCellBF16 }

    /// c and h of an upper layer; the input of 8-bit panels is what `quantize` of the same precision writes.
    public func lstmStep(_ precision: WeightPrecision) -> LSTMStep {
        switch precision {
        case .fp32: lstmStep
        case .bf16: lstmStepBF16
        case .mixed: lstmStepGrouped
        case .int8: lstmStepInt8
        }
    }

    /// output = start + packed panels · input; the input of 8-bit panels is what `quantize` of the same precision writes.
    /// Those of `mixed` have 64 rows each.
    public func affine(_ precision: WeightPrecision) -> Affine {
        switch precision {
        case .fp32: affine
        case .bf16: affineBF16
        case .mixed: affineGrouped
        case .int8: affineInt8
        }
    }

    private var lstmCell: LSTMCell {
        #if arch(x86_64)
            switch variant {
            case .portable: { KernelsPortable.lstmCell($0, $1, $2, $3, $4, $5) }
            case .v2: { KernelsV2.lstmCell($0, $1, $2, $3, $4, $5) }
            case .v3: { KernelsV3.lstmCell($0, $1, $2, $3, $4, $5) }
            case .v4: { KernelsV4.lstmCell($0, $1, $2, $3, $4, $5) }
            }
        #else
            { KernelsPortable.lstmCell($0, $1, $2, $3, $4, $5) }
        #endif
    }

    private var lstmCellBF16: LSTMCell {
        #if arch(x86_64)
            switch variant {
            case .portable: { KernelsPortable.lstmCellBF16($0, $1, $2, $3, $4, $5) }
            case .v2: { KernelsV2.lstmCellBF16($0, $1, $2, $3, $4, $5) }
            case .v3: { KernelsV3.lstmCellBF16($0, $1, $2, $3, $4, $5) }
            case .v4: { KernelsV4.lstmCellBF16($0, $1, $2, $3, $4, $5) }
            }
        #else
            { KernelsPortable.lstmCellBF16($0, $1, $2, $3, $4, $5) }
        #endif
    }

    private var lstmStep: LSTMStep {
        #if arch(x86_64)
            switch variant {
            case .portable: { KernelsPortable.lstmStep($0, $1, $2, $3, $4, $5, $6) }
            case .v2: { KernelsV2.lstmStep($0, $1, $2, $3, $4, $5, $6) }
            case .v3: { KernelsV3.lstmStep($0, $1, $2, $3, $4, $5, $6) }
            case .v4: { KernelsV4.lstmStep($0, $1, $2, $3, $4, $5, $6) }
            }
        #else
            { KernelsPortable.lstmStep($0, $1, $2, $3, $4, $5, $6) }
        #endif
    }

    private var lstmStepBF16: LSTMStep {
        #if arch(x86_64)
            switch variant {
            case .portable: { KernelsPortable.lstmStepBF16($0, $1, $2, $3, $4, $5, $6) }
            case .v2: { KernelsV2.lstmStepBF16($0, $1, $2, $3, $4, $5, $6) }
            case .v3: { KernelsV3.lstmStepBF16($0, $1, $2, $3, $4, $5, $6) }
            case .v4: { KernelsV4.lstmStepBF16($0, $1, $2, $3, $4, $5, $6) }
            }
        #else
            { KernelsPortable.lstmStepBF16($0, $1, $2, $3, $4, $5, $6) }
        #endif
    }

    private var lstmStepInt8: LSTMStep {
        #if arch(x86_64)
            switch variant {
            case .portable: { KernelsPortable.lstmStepInt8($0, $1, $2, $3, $4, $5, $6) }
            case .v2: { KernelsV2.lstmStepInt8($0, $1, $2, $3, $4, $5, $6) }
            case .v3: { KernelsV3.lstmStepInt8($0, $1, $2, $3, $4, $5, $6) }
            case .v4: { KernelsV4.lstmStepInt8($0, $1, $2, $3, $4, $5, $6) }
            }
        #else
            { KernelsPortable.lstmStepInt8($0, $1, $2, $3, $4, $5, $6) }
        #endif
    }

    private var lstmStepGrouped: LSTMStep {
        #if arch(x86_64)
            switch variant {
            case .portable: { KernelsPortable.lstmStepGrouped($0, $1, $2, $3, $4, $5, $6) }
            case .v2: { KernelsV2.lstmStepGrouped($0, $1, $2, $3, $4, $5, $6) }
            case .v3: { KernelsV3.lstmStepGrouped($0, $1, $2, $3, $4, $5, $6) }
            case .v4: { KernelsV4.lstmStepGrouped($0, $1, $2, $3, $4, $5, $6) }
            }
        #else
            { KernelsPortable.lstmStepGrouped($0, $1, $2, $3, $4, $5, $6) }
        #endif
    }

    private var affine: Affine {
        #if arch(x86_64)
            switch variant {
            case .portable: { KernelsPortable.affine($0, $1, $2, $3, $4, $5) }
            case .v2: { KernelsV2.affine($0, $1, $2, $3, $4, $5) }
            case .v3: { KernelsV3.affine($0, $1, $2, $3, $4, $5) }
            case .v4: { KernelsV4.affine($0, $1, $2, $3, $4, $5) }
            }
        #else
            { KernelsPortable.affine($0, $1, $2, $3, $4, $5) }
        #endif
    }

    private var affineBF16: Affine {
        #if arch(x86_64)
            switch variant {
            case .portable: { KernelsPortable.affineBF16($0, $1, $2, $3, $4, $5) }
            case .v2: { KernelsV2.affineBF16($0, $1, $2, $3, $4, $5) }
            case .v3: { KernelsV3.affineBF16($0, $1, $2, $3, $4, $5) }
            case .v4: { KernelsV4.affineBF16($0, $1, $2, $3, $4, $5) }
            }
        #else
            { KernelsPortable.affineBF16($0, $1, $2, $3, $4, $5) }
        #endif
    }

    private var affineInt8: Affine {
        #if arch(x86_64)
            switch variant {
            case .portable: { KernelsPortable.affineInt8($0, $1, $2, $3, $4, $5) }
            case .v2: { KernelsV2.affineInt8($0, $1, $2, $3, $4, $5) }
            case .v3: { KernelsV3.affineInt8($0, $1, $2, $3, $4, $5) }
            case .v4: { KernelsV4.affineInt8($0, $1, $2, $3, $4, $5) }
            }
        #else
            { KernelsPortable.affineInt8($0, $1, $2, $3, $4, $5) }
        #endif
    }

    private var affineGrouped: Affine {
        #if arch(x86_64)
            switch variant {
            case .portable: { KernelsPortable.affineGrouped($0, $1, $2, $3, $4, $5) }
            case .v2: { KernelsV2.affineGrouped($0, $1, $2, $3, $4, $5) }
            case .v3: { KernelsV3.affineGrouped($0, $1, $2, $3, $4, $5) }
            case .v4: { KernelsV4.affineGrouped($0, $1, $2, $3, $4, $5) }
            }
        #else
            { KernelsPortable.affineGrouped($0, $1, $2, $3, $4, $5) }
        #endif
    }

    /// Floats in ±1 as 127ths or, for `mixed`, as 8191ths of two bytes each.
    public func quantize(_ precision: WeightPrecision) -> Quantize {
        precision == .mixed ? quantizeFinely : quantizeCoarsely
    }

    private var quantizeCoarsely: Quantize {
        #if arch(x86_64)
            switch variant {
            case .portable: { KernelsPortable.quantize($0, $1, $2) }
            case .v2: { KernelsV2.quantize($0, $1, $2) }
            case .v3: { KernelsV3.quantize($0, $1, $2) }
            case .v4: { KernelsV4.quantize($0, $1, $2) }
            }
        #else
            { KernelsPortable.quantize($0, $1, $2) }
        #endif
    }

    private var quantizeFinely: Quantize {
        #if arch(x86_64)
            switch variant {
            case .portable: { KernelsPortable.quantizeFinely($0, $1, $2) }
            case .v2: { KernelsV2.quantizeFinely($0, $1, $2) }
            case .v3: { KernelsV3.quantizeFinely($0, $1, $2) }
            case .v4: { KernelsV4.quantizeFinely($0, $1, $2) }
            }
        #else
            { KernelsPortable.quantizeFinely($0, $1, $2) }
        #endif
    }

    /// A draw from the softmax of logits.
    public var sample: Sample {
        #if arch(x86_64)
            switch variant {
            case .portable: { KernelsPortable.sample($0, $1, $2, $3, $4, $5, $6) }
            case .v2: { KernelsV2.sample($0, $1, $2, $3, $4, $5, $6) }
            case .v3: { KernelsV3.sample($0, $1, $2, $3, $4, $5, $6) }
            case .v4: { KernelsV4.sample($0, $1, $2, $3, $4, $5, $6) }
            }
        #else
            { KernelsPortable.sample($0, $1, $2, $3, $4, $5, $6) }
        #endif
    }

    /// Reads memory, as many bytes as a multiple of 256, and nothing else.
    public var readThrough: @convention(c) (UnsafeRawPointer, Int) -> UInt32 {
        #if arch(x86_64)
            switch variant {
            case .portable: { KernelsPortable.readThrough($0, $1) }
            case .v2: { KernelsV2.readThrough($0, $1) }
            case .v3: { KernelsV3.readThrough($0, $1) }
            case .v4: { KernelsV4.readThrough($0, $1) }
            }
        #else
            { KernelsPortable.readThrough($0, $1) }
        #endif
    }

    /// Multiply-adds at the speed of their units.
    public var multiplyAdd: @convention(c) (UnsafeMutablePointer<Float>, Int) -> Int {
        #if arch(x86_64)
            switch variant {
            case .portable: { KernelsPortable.multiplyAdd($0, $1) }
            case .v2: { KernelsV2.multiplyAdd($0, $1) }
            case .v3: { KernelsV3.multiplyAdd($0, $1) }
            case .v4: { KernelsV4.multiplyAdd($0, $1) }
            }
        #else
            { KernelsPortable.multiplyAdd($0, $1) }
        #endif
    }
}
