/// Which instruction set the kernels use.
import CPlatform
import Glibc

extension KernelVariant {
    /// Whether this CPU (and its operating system) can run it.
    public var isSupported: Bool {
        switch self {
        case .portable: true
        case .v2: continuo_cpu_level() >= 2
        case .v3: continuo_cpu_level() >= 3
        case .v4: continuo_cpu_level() >= 4
        }
    }
}

public enum KernelError: Error, Equatable, CustomStringConvertible {
    case unknownVariant(String)
    case unsupportedVariant(KernelVariant)

    public var description: String {
        let known = KernelVariant.allCases.filter(\.isSupported).map(\.rawValue).joined(separator: ", ")
        switch self {
        case .unknownVariant(let name):
            return "CONTINUO_KERNELS=\(name): no such kernel variant; this CPU runs \(known)"
        case .unsupportedVariant(let variant):
            return "CONTINUO_KERNELS=\(variant.rawValue): this CPU lacks the instructions; it runs \(known)"
        }
    }
}

extension KernelTable {
    /// The table of a variant.
    /// - Throws: `KernelError.unsupportedVariant` if this CPU cannot run it.
    public static func table(_ variant: KernelVariant) throws(KernelError) -> KernelTable {
        guard variant.isSupported else { throw .unsupportedVariant(variant) }
        #if arch(x86_64)
            switch variant {
            case .portable: return portable
            case .v2: return v2
            case .v3: return v3
            case .v4: return v4
            }
        #else
            return portable
        #endif
    }

    /// The fastest table of this CPU, or the one the environment's CONTINUO_KERNELS names.
    public static func best() throws(KernelError) -> KernelTable {
        try best(forced: getenv("CONTINUO_KERNELS").map { String(cString: $0) })
    }

    /// - Parameter forced: the name of a variant, or nil for the fastest.
    package static func best(forced: String?) throws(KernelError) -> KernelTable {
        guard let forced else { return try table(KernelVariant.allCases.last(where: \.isSupported) ?? .portable) }
        guard let variant = KernelVariant(rawValue: forced) else { throw .unknownVariant(forced) }
        return try table(variant)
    }
}
