/// The kernels of the instruction set chosen at start: one source in Sources/KernelVariants, compiled once for each instruction set
/// (Package.swift), each with the same table.
import KernelsPortable

#if arch(x86_64)
    import KernelsV2
    import KernelsV3
    import KernelsV4
#endif

public typealias KernelTable = KernelsPortable.KernelTable

extension KernelTable {
    public var variant: KernelVariant { KernelVariant.allCases[index] }

    static func of(_ variant: KernelVariant) -> KernelTable {
        #if arch(x86_64)
            // Of the same source, so of the same layout; only the module's name differs.
            switch variant {
            case .portable: return KernelsPortable.kernelTable()
            case .v2: return unsafeBitCast(KernelsV2.kernelTable(), to: KernelTable.self)
            case .v3: return unsafeBitCast(KernelsV3.kernelTable(), to: KernelTable.self)
            case .v4: return unsafeBitCast(KernelsV4.kernelTable(), to: KernelTable.self)
            }
        #else
            return KernelsPortable.kernelTable()
        #endif
    }
}
