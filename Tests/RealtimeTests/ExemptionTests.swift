import Foundation
import TestSupport
import Testing

/// The compiler proves that the real-time path neither allocates nor locks, but for the functions that are exempt.
@Suite struct ExemptionTests {
    private static let sources = URL(fileURLWithPath: Repository.path("Sources"))

    private static func lines() throws -> [(file: String, number: Int, text: String)] {
        let files = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)!
        return try files.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }.flatMap { url in
            try String(contentsOf: url, encoding: .utf8).components(separatedBy: "\n").enumerated().map {
                (url.lastPathComponent, $0.offset + 1, $0.element)
            }
        }
    }

    /// Each says why, and another one is noticed.
    @Test func exemptionsAreFewAndHaveReasons() throws {
        let exempt = try Self.lines().filter { $0.text.contains("@_semantics(\"no_performance_analysis\")") }
        for line in exempt {
            #expect(line.text.contains("  // "), "\(line.file):\(line.number) does not say why")
        }
        var count: [String: Int] = [:]
        for line in exempt { count[line.file, default: 0] += 1 }
        #expect(
            count == [
                // kernels, through C function pointers
                "StepKernels.swift": 8, "Recall.swift": 4, "AdaptationKernels.swift": 6, "MindView.swift": 1,
                "LiveRepresentation.swift": 11,  // the model's representation, through its witness table
                "Maths.swift": 4,  // libm
                "CountingSemaphore.swift": 6,  // libc: semaphore and clocks
                "JACKCycle.swift": 6, "JACKTransport.swift": 1, "ALSACycle.swift": 3,  // libjack, alsa-lib
            ])
    }

    /// What runs on the real-time threads is under the compiler's proof, from its entry on.
    @Test func theWaysInAreProved() throws {
        let text = try Self.lines().map(\.text).joined(separator: "\n")
        for entry in [
            "@_noAllocation @_noLocks mutating func run(_ cycle: Cycle) -> Int",  // Stage
            "@_noAllocation @_noLocks\n    mutating func work()",  // Improviser
            "@_noAllocation @_noLocks private func run(_ frames: UInt32)",  // JACKShared
            "@_noAllocation @_noLocks\n    private static func play(_ cycle: JACKCycle",  // JACKPort
            "@_noAllocation @_noLocks mutating func play()",  // ALSACycle
        ] { #expect(text.contains(entry), "\(entry)") }
    }
}
