/// Matrix products of bfloat16 with sums of floats, for training on processors that have an instruction for them.
import CPlatform

#if arch(x86_64)
    import KernelsBF16
#endif

/// What each does and expects stands in Sources/KernelVariants/BF16.
public struct ProductsBF16: Sendable {
    /// B into panels of sixteen columns, a word a pair of depth.
    public let packPanels:
        @convention(c) (UnsafeMutablePointer<UInt32>, UnsafePointer<Float>, Int, Int, Int, Int) -> Void
    /// C = or += A · packed B.
    public let gemm:
        @convention(c) (
            UnsafeMutablePointer<Float>, Int, UnsafePointer<Float>, Int, UnsafePointer<UInt32>, Int, Int, Int, Bool,
            UnsafeMutablePointer<UInt32>
        ) -> Void
    /// C += Aᵀ · B.
    public let gemmTransposed:
        @convention(c) (
            UnsafeMutablePointer<Float>, Int, UnsafePointer<Float>, Int, UnsafePointer<Float>, Int, Int, Int, Int,
            UnsafeMutablePointer<UInt32>
        ) -> Void

    #if arch(x86_64)
        static let avx512 = ProductsBF16(
            packPanels: { KernelsBF16.packPanelsBF16($0, $1, $2, $3, $4, $5) },
            gemm: { KernelsBF16.gemmBF16($0, $1, $2, $3, $4, $5, $6, $7, $8, $9) },
            gemmTransposed: { KernelsBF16.gemmTransposedBF16($0, $1, $2, $3, $4, $5, $6, $7, $8, $9) })
    #endif
}

extension KernelTable {
    /// Nil if this variant or CPU has none.
    public var productsBF16: ProductsBF16? {
        #if arch(x86_64)
            if variant == .v4 && continuo_cpu_multiplies_bfloat16() != 0 { return .avx512 }
        #endif
        return nil
    }
}
