/// What the tests of Kernels share: every kernel of every variant that this CPU runs against plain loops in Double.
import Glibc
import Kernels
import Testing

/// Whether CONTINUO_KERNELS chooses, as it does in the processes that `VariantTests` starts.
let isForced = getenv("CONTINUO_KERNELS") != nil

/// All that this CPU runs, or the one that the environment forces.
let variants = isForced ? [try! KernelTable.best().variant] : KernelVariant.allCases.filter(\.isSupported)

func table(_ variant: KernelVariant) throws -> KernelTable {
    let table = isForced ? try KernelTable.best() : try KernelTable.table(variant)
    try #require(table.variant == variant)
    return table
}

func roundedUp(_ count: Int) -> Int { (count + 15) / 16 * 16 }
