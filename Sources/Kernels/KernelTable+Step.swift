// The kernels of one-token steps (KernelVariants: Step.swift, StepCell.swift, StepBF16.swift, StepInt8.swift,
// StepGrouped.swift), by the precision of the weights.

import KernelTables

extension KernelTable {
    /// c and h of the lowest layer; the rows of its table are floats, or else bfloat16.
    public func lstmCell(_ precision: WeightPrecision) -> LSTMCell { precision == .fp32 ? lstmCellFP32 : lstmCellBF16 }

    /// c and h of an upper layer; the input of 8-bit panels is what `quantize` of the same precision writes.
    public func lstmStep(_ precision: WeightPrecision) -> LSTMStep {
        switch precision {
        case .fp32: lstmStepFP32
        case .bf16: lstmStepBF16
        case .mixed: lstmStepGrouped
        case .int8: lstmStepInt8
        }
    }

    /// output = start + packed panels · input; the input of 8-bit panels is what `quantize` of the same precision writes.
    /// Those of `mixed` have 64 rows each.
    public func affine(_ precision: WeightPrecision) -> Affine {
        switch precision {
        case .fp32: affineFP32
        case .bf16: affineBF16
        case .mixed: affineGrouped
        case .int8: affineInt8
        }
    }

    /// Floats in ±1 as 127ths or, for `mixed`, as 8191ths of two bytes each.
    public func quantize(_ precision: WeightPrecision) -> Quantize {
        precision == .mixed ? quantizeFinely : quantizeCoarsely
    }
}
