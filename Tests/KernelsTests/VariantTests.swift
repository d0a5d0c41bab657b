import Foundation
import Kernels
import TestSupport
import Testing

@Suite struct VariantTests {
    @Test func fastestSupportedIsChosen() throws {
        let supported = KernelVariant.allCases.filter(\.isSupported)
        #expect(try KernelTable.best(forced: nil).variant == supported.last)
        #expect(supported.first == .portable)
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

    /// All tests of this target once more, in a process of their own, on the kernels that the environment chooses there.
    @Test(arguments: variants)
    func allKernelsEqualTheOracleWhereTheEnvironmentForcesThem(variant: KernelVariant) throws {
        let tests = Process()
        tests.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        tests.arguments = [
            "--testing-library", "swift-testing", "--filter", "KernelsTests\\.", "--skip", "VariantTests",
        ]
        tests.environment = ProcessInfo.processInfo.environment.merging(["CONTINUO_KERNELS": variant.rawValue]) { $1 }
        let pipe = Pipe()
        tests.standardOutput = pipe
        tests.standardError = pipe
        try tests.run()
        let said = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        tests.waitUntilExit()
        #expect(tests.terminationStatus == 0, "\(said)")
        // A kernel test of each suite has run, on this variant and no other.
        for other in KernelVariant.allCases {
            let ran = said.contains("KernelVariant.\(other.rawValue)") || said.contains("→ .\(other.rawValue)")
            #expect(ran == (other == variant), "\(other.rawValue)")
        }
        for suite in ["Cell", "Elementwise", "Function", "Matrix", "Reading", "Sample", "Softmax", "Step"] {
            let passed = said.contains("Suite \(suite)Tests passed")
            #expect(passed, "\(suite)Tests")
        }
    }

    /// A kernel that is in the table is called by a test of this target.
    @Test func everyKernelHasATest() throws {
        func text(_ folder: String, _ prefix: String = "") throws -> String {
            let folder = URL(fileURLWithPath: Repository.path(folder))
            return try FileManager.default.contentsOfDirectory(atPath: folder.path)
                .filter { $0.hasPrefix(prefix) && $0.hasSuffix(".swift") }
                .map { try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8) }.joined()
        }
        let tests = try text("Tests/KernelsTests")
        let table = try text("Sources/KernelVariants/Table", "KernelTable")
        let kernels = table.matches(of: /public package\(set\) var (\w+):(?:\s*@convention\(c\)| Sample| AdaptPanel)/)
            .map { $0.1 }
        #expect(kernels.count >= 20, "\(kernels)")
        let untested = kernels.filter { !tests.contains(".\($0)(") }
        #expect(untested == [])
    }

    @Test func environmentChoosesAPrecision() throws {
        #expect(try WeightPrecision.chosen(forced: nil) == WeightPrecision.standard)
        for precision in WeightPrecision.allCases {
            #expect(try WeightPrecision.chosen(forced: precision.rawValue) == precision)
        }
        let error = #expect(throws: PrecisionError.unknown("fp8")) { try WeightPrecision.chosen(forced: "fp8") }
        #expect(try #require(error).description.contains("fp32, bf16, mixed, int8"))
    }

    /// A weak function, such as a specialisation of the standard library, may be linked in for code that runs on any
    /// CPU, though it was compiled with a variant's instructions. The C entries of a variant's own functions, to which its
    /// table points, are weak too, but have names that no other code has.
    @Test func variantsDefineNoWeakCode() throws {
        let products = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        for name in ["V2", "V3", "V4", "BF16"] {
            let module = "Kernels\(name)"
            let folder = products.appendingPathComponent("\(module).build")
            let objects = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
                .filter { $0.pathExtension == "o" }
            #expect(objects.count >= 3, "no objects in \(folder.path)")
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
            }.filter { !$0.contains(" W $s\(module.utf8.count)\(module)") || !$0.hasSuffix("FTo") }
            #expect(weak.isEmpty, "\(name) defines \(weak)")
        }
    }
}
