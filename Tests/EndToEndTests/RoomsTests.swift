import Foundation
import TestSupport
import Testing

/// The plan of the house: Package.swift, ARCHITECTURE.md, docs/rooms.md and the picture agree with what each room imports.
@Suite struct RoomsTests {
    /// They come with Swift.
    private static let libraries: Set = ["Glibc", "Foundation", "FoundationEssentials", "Synchronization"]

    private static func text(_ path: String) throws -> String { try Repository.text(path) }

    /// Of each Swift file of a room: what it imports.
    private static func imports(_ room: String) throws -> [String: Set<String>] {
        let folder = Repository.path("Sources/\(room)")
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix(".swift") }
        return try Dictionary(
            uniqueKeysWithValues: files.map { file in
                let lines = try text("Sources/\(room)/\(file)").matches(of: /(?m)^ *import (\w+)/)
                return (file, Set(lines.map { String($0.1) }))
            })
    }

    /// The module that a word of Package.swift stands for: `nioHTTP1` is the constant for NIOHTTP1.
    private static func module(_ word: String) -> String {
        word.hasPrefix("nio") ? "NIO" + word.dropFirst(3) : word.prefix(1).uppercased() + word.dropFirst()
    }

    /// Of each target of Package.swift: its dependencies. Those of `Kernels` are an expression.
    private static let declared: [String: Set<String>] = {
        var rooms: [String: Set<String>] = [:]
        let package = (try? text("Package.swift")) ?? ""
        for match in package.matches(of: /arget\(\s*name: "([\w-]+)"(?:,\s*dependencies: \[([^\]]*)\])?/) {
            let names = (match.2 ?? "").split { !$0.isLetter && !$0.isNumber }.map(String.init)
            rooms[String(match.1)] = Set(names.map(module))
        }
        return rooms
    }()

    private static let rooms = declared.keys.filter {
        let files = try? FileManager.default.subpathsOfDirectory(
            atPath: Repository.path("Sources/\($0)"))
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
        let plan = try Self.text("docs/rooms.md")
        let purposes = try Self.text("ARCHITECTURE.md")
        for room in Self.rooms { #expect(purposes.contains("| `\(room)` | "), "\(room) is not in ARCHITECTURE.md") }
        for room in Self.rooms where !room.hasPrefix("continuo") {
            let row = try #require(plan.split(separator: "\n").last { $0.hasPrefix("| `\(room)` |") }, "\(room)")
            let known = row.split(separator: "|")[1].split { !$0.isLetter && !$0.isNumber }.map(String.init)
            #expect(Set(known) == Self.declared[room], "\(room)")
        }
    }

    /// docs/rooms.svg shows every room above all that it imports; scripts/draw-rooms draws it.
    @Test func thePictureIsThatOfThePackage() throws {
        let texts = try Self.text("docs/rooms.svg").matches(of: /class="room" x="\d+" y="(\d+)">([\w-]+)</)
        let heights = Dictionary(texts.map { (String($0.2), Int($0.1)!) }) { first, _ in first }
        #expect(Set(heights.keys) == Set(Self.rooms).union(["Kernels"]), "scripts/draw-rooms > docs/rooms.svg")
        for room in Self.rooms {
            for other in Self.declared[room, default: []] {
                guard let below = heights[other], let height = heights[room] else { continue }
                #expect(height < below, "\(room) imports \(other): scripts/draw-rooms > docs/rooms.svg")
            }
        }
    }

    /// As many as there are.
    @Test func thePlanCountsTheWordsOfANoteMap() throws {
        let source = try Self.text("Sources/Performer/NoteMap.swift")
        let count = try #require(source.firstMatch(of: /static let wordCount = (\d+)/)).1
        let page = try Self.text("docs/decisions/06-notes-outlive-the-program.md")
        #expect(page.split { $0.isWhitespace }.joined(separator: " ").contains("runtime directory: \(count) words"))
    }

    /// What a file that imports a room can mean by it: the room's public types, functions and values, and what it adds to
    /// types of others. Members of its own types need no import.
    private static func offered(_ room: String) throws -> Set<String> {
        let texts = try sources(room).values.map(withoutComments)
        var names: Set<String> = []
        for text in texts {
            for match in text.matches(
                of:
                    /(?m)^(?:@\w+(?:\([^)]*\))? )*(?:public|package) (?:\w+ )*?(?:struct|class|enum|protocol|typealias|func|let|var) `?(\w+)/
            ) { names.insert(String(match.1)) }
        }
        let own = names
        for text in texts {
            for match in text.matches(of: /(?ms)^((?:public |package )?)extension (\w+)[^\n]*\{\n(.*?)^\}/)
            where !own.contains(String(match.2)) {
                for member in match.3.matches(of: /(?m)^    (.*?)(?:func|let|var|typealias|struct|enum) `?(\w+)/)
                where !match.1.isEmpty || member.1.contains("public ") || member.1.contains("package ") {
                    names.insert(String(member.2))
                }
            }
        }
        return names
    }

    /// Of each Swift file of a room: its text.
    private static func sources(_ room: String) throws -> [String: String] {
        let names = try imports(room).keys
        return try Dictionary(uniqueKeysWithValues: names.map { ($0, try text("Sources/\(room)/\($0)")) })
    }

    private static func withoutComments(_ text: String) -> String { text.replacing(/\/\/.*/, with: "") }

    /// A file imports a room because it names something of it.
    @Test func whatIsImportedIsUsed() throws {
        let rooms = Self.rooms.filter { !$0.hasPrefix("continuo") }
        let offered = try Dictionary(uniqueKeysWithValues: rooms.map { ($0, try Self.offered($0)) })
        #expect(offered["Score"]?.isSuperset(of: ["MIDIFile", "PlayedEvent", "fixed"]) == true)
        #expect(offered.values.allSatisfy { !$0.isEmpty })
        for room in Self.rooms {
            let imports = try Self.imports(room)
            for (file, text) in try Self.sources(room) {
                let text = Self.withoutComments(text).replacing(/(?m)^ *import .*/, with: "")
                let words = Set(text.matches(of: /\w+/).map { String($0.0) })
                for other in imports[file] ?? [] {
                    guard let names = offered[other] else { continue }
                    #expect(!words.isDisjoint(with: names), "\(room)/\(file) imports \(other) and names nothing of it")
                }
            }
        }
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
        let vendors: Set = ["NIOCore", "NIOPosix", "NIOHTTP1", "NIOWebSocket"]
        let users = Self.declared.filter { !$0.key.hasSuffix("Tests") && !$0.value.isDisjoint(with: vendors) }.keys
        #expect(Array(users) == ["Panel"], "swift-nio")
        for room in Self.rooms where !["Training", "Report", "Commands"].contains(room) {
            let imports = try Self.imports(room).values.reduce(into: Set()) { $0.formUnion($1) }
            #expect(imports.isDisjoint(with: ["Foundation", "FoundationEssentials"]), "\(room)")
        }
    }
}
