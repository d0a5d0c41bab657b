import Foundation
import Kernels
import Testing

@Suite struct VariantTests {
    @Test func fastestSupportedIsChosen() throws {
        #expect(try KernelTable.best(forced: nil).variant == variants.last)
        #expect(variants.first == .portable)
    }

    @Test(arguments: KernelVariant.allCases) func environmentForcesAVariant(variant: KernelVariant) throws {
        if variant.isSupported {
            #expect(try KernelTable.best(forced: variant.rawValue).variant == variant)
        } else {
            #expect(throws: KernelError.unsupportedVariant(variant)) { try KernelTable.best(forced: variant.rawValue) }
        }
    }

    @Test(arguments: ["", "avx", "V3"]) func unknownVariantsAreNamed(name: String) throws {
        let error = #expect(throws: KernelError.unknownVariant(name)) { try KernelTable.best(forced: name) }
        #expect(try #require(error).description.contains("CONTINUO_KERNELS=\(name)"))
        #expect(try #require(error).description.contains("portable"))
    }

    /// A weak function, such as a specialisation of the standard library, may be linked in for code that runs on any
    /// CPU, though it was compiled with a variant's instructions.
    @Test func variantsDefineNoWeakCode() throws {
        let products = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        for name in ["V2", "V3", "V4"] {
            let folder = products.appendingPathComponent("Kernels\(name).build")
            let objects = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
                .filter { $0.pathExtension == "o" }
            #expect(objects.count > 3, "no objects in \(folder.path)")
            let nm = Process()
            nm.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            nm.arguments = ["nm", "--defined-only"] + objects.map(\.path)
            let pipe = Pipe()
            nm.standardOutput = pipe
            try nm.run()
            let symbols = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            nm.waitUntilExit()
            #expect(symbols.contains("gemm"))
            let weak = symbols.split(separator: "\n").filter {
                // V: a weak object, which is no code (the compiler's reflection version).
                $0.contains(" W ") || $0.contains(" V ") && !$0.hasSuffix("__swift_reflection_version")
            }
            #expect(weak.isEmpty, "\(name) defines \(weak)")
        }
    }
}
