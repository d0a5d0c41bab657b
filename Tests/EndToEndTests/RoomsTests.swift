import Foundation
import Testing

/// The plan of the house: what a room may know stands in Package.swift and in ARCHITECTURE.md, and is what it imports.
@Suite struct RoomsTests {
    private static let house = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().appendingPathComponent("../..").standardizedFileURL
    /// They come with Swift.
    private static let libraries: Set = ["Glibc", "Foundation", "FoundationEssentials", "Synchronization"]

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: house.appendingPathComponent(path), encoding: .utf8)
    }

    /// Of each Swift file of a room: what it imports.
    private static func imports(_ room: String) throws -> [String: Set<String>] {
        let folder = house.appendingPathComponent("Sources/\(room)").path
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".swift") }
        return try Dictionary(
            uniqueKeysWithValues: files.map { file in
                let lines = try text("Sources/\(room)/\(file)").matches(of: /(?m)^ *import (\w+)/)
                return (file, Set(lines.map { String($0.1) }))
            })
    }

    /// Of each target of Package.swift: its dependencies. Those of `Kernels` are an expression.
    private static let declared: [String: Set<String>] = {
        var rooms: [String: Set<String>] = [:]
        let package = (try? text("Package.swift")) ?? ""
        for match in package.matches(of: /arget\(\s*name: "([\w-]+)"(?:,\s*dependencies: \[([^\]]*)\])?/) {
            let names = (match.2 ?? "").split { !$0.isLetter }.map(String.init)
            rooms[String(match.1)] = Set(names.map { $0.prefix(1).uppercased() + $0.dropFirst() })
        }
        return rooms
    }()

    private static let rooms = declared.keys.filter {
        let files = try? FileManager.default.contentsOfDirectory(
            atPath: house.appendingPathComponent("Sources/\($0)").path)
        return $0 != "Kernels" && files?.contains { $0.hasSuffix(".swift") } == true
    }.sorted()

    @Test func whatARoomImportsIsDeclared() throws {
        #expect(Self.rooms.count >= 14)
        for room in Self.rooms {
            let imports = try Self.imports(room).values.reduce(into: Set()) { $0.formUnion($1) }
            #expect(imports.subtracting(Self.libraries) == Self.declared[room], "\(room)")
        }
    }

    @Test func thePlanOfTheHouseIsThatOfThePackage() throws {
        let plan = try Self.text("ARCHITECTURE.md")
        for room in Self.rooms where !room.hasPrefix("continuo") {
            let row = try #require(plan.split(separator: "\n").first { $0.hasPrefix("| `\(room)` |") }, "\(room)")
            let known = row.split(separator: "|")[2].split { !$0.isLetter }.map(String.init)
            #expect(Set(known) == Self.declared[room], "\(room)")
        }
    }

    /// As many as there are.
    @Test func thePlanCountsTheWordsOfANoteMap() throws {
        let source = try Self.text("Sources/Performer/NoteMap.swift")
        let count = try #require(source.firstMatch(of: /static let wordCount = (\d+)/)).1
        #expect(try Self.text("ARCHITECTURE.md").contains("runtime directory: \(count) words"))
    }

    /// Libraries of C are known to one place each.
    @Test func oneFileKnowsALibrary() throws {
        for (library, room, prefix) in [
            ("CJACK", "JACKPorts", "JACK"), ("CALSA", "ALSAPorts", "ALSA"), ("Cliblo", "OSC", "OSCMessage"),
            ("CArchive", "Presets", "PresetArchive"),
        ] {
            let files = try Self.imports(room).filter { $0.value.contains(library) }.keys
            #expect(!files.isEmpty && files.allSatisfy { $0.hasPrefix(prefix) }, "\(library): \(files)")
            let others = Self.declared.filter { $0.key != room && $0.value.contains(library) }.keys
            #expect(others.allSatisfy { $0.hasSuffix("Tests") }, "\(library): \(others)")
        }
        for room in Self.rooms where !["Training", "Report", "Commands"].contains(room) {
            let imports = try Self.imports(room).values.reduce(into: Set()) { $0.formUnion($1) }
            #expect(imports.isDisjoint(with: ["Foundation", "FoundationEssentials"]), "\(room)")
        }
    }
}
