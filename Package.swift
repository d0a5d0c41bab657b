// swift-tools-version:6.2
import PackageDescription

// Exact versions: Package.resolved is not kept, so this file alone decides what is built. Only what swift-nio itself needs
// (swift-atomics, swift-collections, swift-system) is of the newest version that it takes.
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")

/// One source, built once per instruction set: SIMD16<Float> becomes fused multiply-adds on zmm
/// (ymm) registers only when its target may use them. `Kernels` chooses at start.
/// unsafeFlags: there is no safe setting for the instruction set, and -Ounchecked removes
/// arithmetic traps that the kernels, which index raw memory only, never need. Without -fno-math-errno a square root is
/// a call of sqrtf, nine times as slow.
func kernelVariant(_ name: String, _ instructions: [String]) -> Target {
    .target(
        name: "Kernels\(name)", dependencies: ["CPlatform", "KernelTables"], path: "Sources/KernelVariants/\(name)",
        swiftSettings: [
            .define("VARIANT_\(name.uppercased())"),
            .unsafeFlags(["-Ounchecked", "-Xcc", "-fno-math-errno"] + instructions.flatMap { ["-Xcc", $0] }),
        ])
}

#if arch(x86_64)
    // VNNI multiplies bytes. All processors with AVX-512 have it but the first ones, which are v3 then.
    let variants: [(name: String, instructions: [String])] = [
        ("Portable", []), ("V2", ["-march=x86-64-v2"]), ("V3", ["-march=x86-64-v3"]),
        ("V4", ["-march=x86-64-v4", "-mavx512vnni"]),
        // Products for training only, beside V4.
        ("BF16", ["-march=x86-64-v4", "-mavx512vnni", "-mavx512bf16"]),
    ]
#else
    let variants: [(name: String, instructions: [String])] = [("Portable", [])]
#endif

let package = Package(
    name: "continuo",
    products: [
        .executable(name: "continuo", targets: ["continuo"]),
        .executable(name: "continuo-live", targets: ["continuo-live"]),
        .executable(name: "continuod", targets: ["continuod"]),
        // For other front ends (a plugin, a panel): neither links JACK or ALSA.
        .library(name: "Instrument", targets: ["Instrument"]),
        .library(name: "Session", targets: ["Session"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    ],
    targets: variants.map { kernelVariant($0.name, $0.instructions) } + [
        .systemLibrary(name: "CJACK", pkgConfig: "jack", providers: [.apt(["libjack-jackd2-dev"])]),
        .systemLibrary(name: "CALSA", pkgConfig: "alsa", providers: [.apt(["libasound2-dev"])]),
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "Cliblo", pkgConfig: "liblo", providers: [.apt(["liblo-dev"])]),
        .target(name: "CPlatform"),
        .target(name: "CTrace"),

        .target(name: "Text"),
        .target(name: "TOML"),
        .target(name: "Files"),
        .target(name: "Random"),
        .target(name: "Time"),
        .target(name: "Score", dependencies: ["Files", "Time"]),
        .target(name: "Representation", dependencies: ["Score", "Time"]),
        // The type of the tables that the variants fill, for the instructions of any processor.
        .target(
            name: "KernelTables", path: "Sources/KernelVariants/Table", swiftSettings: [.define("KERNEL_TABLE")]),
        .target(
            name: "Kernels",
            dependencies: variants.map { .init(stringLiteral: "Kernels\($0.name)") } + ["KernelTables", "CPlatform"]),
        .target(name: "Network", dependencies: ["Kernels", "Files"]),
        .target(name: "Realtime", dependencies: ["CPlatform"]),
        .target(
            name: "Performer",
            dependencies: ["Representation", "Network", "Kernels", "Realtime", "Random", "Text", "Time"]),
        .target(name: "Ports", dependencies: ["Performer", "Realtime", "Time"]),
        .target(name: "JACKPorts", dependencies: ["Performer", "Ports", "Realtime", "Time", "CJACK"]),
        .target(name: "ALSAPorts", dependencies: ["Performer", "Ports", "Realtime", "CALSA", "CPlatform"]),
        .target(
            name: "Session",
            dependencies: [
                "Files", "Performer", "Ports", "Representation", "Score", "Network", "Kernels", "Realtime", "Time",
            ]),
        .target(
            name: "Presets",
            dependencies: ["Files", "Performer", "Network", "Kernels", "Text", "TOML", "CArchive", "CPlatform"]),
        .target(
            name: "Instrument",
            dependencies: [
                "Files", "Performer", "Ports", "Presets", "Session", "Network", "Kernels", "Realtime",
                "Representation", "TOML",
            ]),
        .target(
            name: "OSC", dependencies: ["Files", "Instrument", "Performer", "Presets", "Realtime", "Text", "Cliblo"]),
        // The page is compiled in: nothing is to be found at run time.
        .target(
            name: "Panel", dependencies: ["OSC", nioCore, nioPosix, nioHTTP1, nioWebSocket],
            resources: [.embedInCode("Page")]),
        .target(name: "Processes", dependencies: ["Files", "Realtime"]),
        .target(
            name: "Duet",
            dependencies: [
                "Files", "Random", "Score", "Realtime", "Performer", "Ports", "JACKPorts", "OSC", "Processes",
            ]),
        .target(
            name: "Report",
            dependencies: [
                "Files", "Random", "Training", "Session", "Performer", "Network", "Kernels", "Score",
            ]),
        .target(
            name: "Training",
            dependencies: [
                "Files", "Random", "Network", "Kernels", "Realtime", "Representation", "Score", "Text", "TOML",
            ]),
        .executableTarget(
            name: "continuod",
            dependencies: [
                "Files", "Performer", "Ports", "JACKPorts", "ALSAPorts", "Session", "Presets", "Instrument", "OSC",
                "Kernels", "Realtime", argumentParser, logging,
            ]),
        .target(
            name: "Commands",
            dependencies: [
                "Files", "Score", "Kernels", "Network", "OSC", "Performer", "Ports", "Presets", "Processes", "Training",
                argumentParser,
            ]),
        .executableTarget(
            name: "continuo",
            dependencies: [
                "Files", "Random", "Score", "Representation", "Kernels", "Network", "Realtime", "Performer", "Ports",
                "Session", "Presets", "Instrument", "OSC", "Panel", "Processes", "Text", "Time", "Training", "Report",
                "Commands",
                "CTrace",
                argumentParser,
            ]),
        // What needs a port: continuo hands itself over to it.
        .executableTarget(
            name: "continuo-live",
            dependencies: [
                "Files", "Score", "Kernels", "Realtime", "Performer", "Ports", "JACKPorts", "ALSAPorts",
                "Session", "Presets", "Instrument", "OSC", "Processes", "Duet", "Commands", argumentParser,
            ]),

        // Tests/README.md lists what it has.
        .target(
            name: "TestSupport", dependencies: ["Files", "Network", "Random", "Representation", "Score"],
            path: "Tests/TestSupport"),
        .target(name: "Visitor", dependencies: ["Panel"], path: "Tests/Visitor"),
        .target(name: "Hostile", dependencies: ["Random"], path: "Tests/Hostile"),
        .target(name: "Allocations", path: "Tests/Allocations"),
        .target(
            name: "FuzzSubjects",
            dependencies: ["Instrument", "Network", "OSC", "Panel", "Performer", "Presets", "Score"],
            path: "Tests/Fuzz/Subjects"),
        .testTarget(name: "FuzzTests", dependencies: ["Files", "FuzzSubjects", "Score", "TestSupport"]),
        .testTarget(name: "TimeTests", dependencies: ["Allocations", "Random", "Time"]),
        .testTarget(
            name: "ScoreTests", dependencies: ["Files", "Processes", "Score", "Time", "TestSupport"],
            resources: [.copy("Fixtures")]),
        .testTarget(name: "RepresentationTests", dependencies: ["Files", "Random", "Representation", "TestSupport"]),
        .testTarget(name: "KernelsTests", dependencies: ["Kernels", "Random", "TestSupport"]),
        .testTarget(
            name: "NetworkTests", dependencies: ["Network", "Hostile", "Random", "TestSupport", "Files"],
            resources: [.copy("Fixtures")]),
        .testTarget(
            name: "TrainingTests",
            dependencies: ["Files", "Random", "Performer", "Training", "Processes", "Hostile", "TestSupport"],
            resources: [.copy("Fixtures")]),
        .testTarget(
            name: "ReportTests",
            dependencies: ["Report", "Training", "Score", "Kernels", "Network", "Performer", "TestSupport"]),
        .testTarget(name: "RealtimeTests", dependencies: ["Realtime", "TestSupport"]),
        .testTarget(name: "PortsTests", dependencies: ["Ports"]),
        .testTarget(
            name: "PerformerTests",
            dependencies: [
                "Files", "Random", "Performer", "Ports", "Session", "Network", "Kernels", "Representation", "Score",
                "Time", "Allocations", "TestSupport",
            ]),
        .testTarget(
            name: "PresetsTests",
            dependencies: ["Files", "Hostile", "Kernels", "Performer", "Presets", "Score", "TOML", "TestSupport"]),
        .testTarget(
            name: "InstrumentTests", dependencies: ["Files", "Instrument", "Performer", "Presets", "TestSupport"]),
        .testTarget(
            name: "OSCTests",
            dependencies: ["Files", "Hostile", "Instrument", "OSC", "Performer", "Presets", "Score", "TestSupport"]),
        .testTarget(name: "PanelTests", dependencies: ["OSC", "Panel", "Visitor", nioHTTP1]),
        .testTarget(
            name: "ToolTests",
            dependencies: ["OSC", "continuo", "Kernels", "Network", "Representation", "TestSupport"]),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "Files", "Random", "Score", "Network", "Performer", "Ports", "JACKPorts", "Realtime", "Presets", "OSC",
                "Duet", "Instrument", "Panel", "Processes", "Hostile", "Kernels", "Representation", "CJACK",
                "TestSupport", "Visitor",
            ]),
    ],
    swiftLanguageModes: [.v6])

// For scripts/fuzz, which brings libFuzzer. unsafeFlags: `main` is libFuzzer's, and no setting says that there is none here.
if Context.environment["CONTINUO_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "fuzz", dependencies: ["FuzzSubjects"], path: "Tests/Fuzz/Driver",
            swiftSettings: [.unsafeFlags(["-parse-as-library"])]))
}

// Warnings are errors where every change is checked, and only there: another compiler knows other warnings.
if Context.environment["CI"] != nil {
    for target in package.targets where target.type != .system {
        target.swiftSettings = (target.swiftSettings ?? []) + [.treatAllWarnings(as: .error)]
    }
}
