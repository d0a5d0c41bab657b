/// The kernels of one-token steps (KernelVariants, Step.swift), by the table's variant.
import KernelsPortable

#if arch(x86_64)
    import KernelsV2
    import KernelsV3
    import KernelsV4
#endif

extension KernelTable {
    public typealias LSTMCell =
        @convention(c) (
            UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int
        ) -> Void
    public typealias Affine =
        @convention(c) (
            UnsafeMutablePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, Int, Int
        ) -> Void

    /// c and h from the pre-activations of the gates.
    public var lstmCell: LSTMCell {
        #if arch(x86_64)
            switch variant {
            case .portable: { KernelsPortable.lstmCell($0, $1, $2, $3) }
            case .v2: { KernelsV2.lstmCell($0, $1, $2, $3) }
            case .v3: { KernelsV3.lstmCell($0, $1, $2, $3) }
            case .v4: { KernelsV4.lstmCell($0, $1, $2, $3) }
            }
        #else
            { KernelsPortable.lstmCell($0, $1, $2, $3) }
        #endif
    }

    /// output = start + packed panels · input.
    public var affine: Affine {
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
}
