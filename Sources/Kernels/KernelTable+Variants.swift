import KernelTables
import KernelsPortable

#if arch(x86_64)
    import KernelsV2
    import KernelsV3
    import KernelsV4
#endif

/// The kernels of one instruction set, as C function pointers.
public typealias KernelTable = KernelTables.KernelTable
public typealias KernelVariant = KernelTables.KernelVariant

/// A table for each instruction set: the same source, compiled once for each of them (Package.swift).
extension KernelTable {
    static let portable = KernelTable(.portable, KernelsPortable.fill)
    #if arch(x86_64)
        static let v2 = KernelTable(.v2, KernelsV2.fill)
        static let v3 = KernelTable(.v3, KernelsV3.fill)
        static let v4 = KernelTable(.v4, KernelsV4.fill)
    #endif

    /// - Parameter fill: of the variant's module.
    private init(_ variant: KernelVariant, _ fill: (UnsafeMutablePointer<KernelTable>) -> Void) {
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: MemoryLayout<KernelTable>.size, alignment: MemoryLayout<KernelTable>.alignment)
        defer { memory.deallocate() }
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: MemoryLayout<KernelTable>.size)
        let table = memory.bindMemory(to: KernelTable.self, capacity: 1)
        fill(table)
        // No function has the address 0.
        let end = MemoryLayout<KernelTable>.offset(of: \.variant)!
        for offset in stride(from: 0, to: end, by: MemoryLayout<UInt>.size) {
            precondition(
                memory.load(fromByteOffset: offset, as: UInt.self) != 0,
                "KernelTable.swift declares a kernel that it does not fill in")
        }
        table.pointee.variant = variant
        self = table.pointee
    }
}
