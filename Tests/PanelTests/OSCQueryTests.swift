import OSC
import Panel
import Testing

/// The tree of OSCQuery, as Vidvox's proposal has it.
@Suite struct OSCQueryTests {
    private static let values = ["patience": 400.0, "auto": 1, "mode": 1, "polyphony": 16]

    private static func mirror() -> Mirror {
        var mirror = Mirror(whole: ["polyphony"])
        for row in FakeDaemon.table(values) + [[]] {
            _ = mirror.take(OSCMessage("/continuo/reply", [.string("/continuo/list")] + row))
        }
        for row in [[.string("good"), .string("it is")], []] as [[OSCMessage.Argument]] {
            _ = mirror.take(OSCMessage("/continuo/reply", [.string("/continuo/presets")] + row))
        }
        return mirror
    }

    private func node(_ path: String) -> JSON? {
        if case .json(let json) = OSCQuery(Self.mirror()).answer(path, attribute: nil) { json } else { nil }
    }

    @Test func aNumber() {
        #expect(
            node("/continuo/param/patience") == [
                "FULL_PATH": "/continuo/param/patience", "DESCRIPTION": "How long a pause lasts. (ms)",
                "ACCESS": .number(3), "TYPE": "f", "VALUE": [.number(400)],
                "RANGE": [["MIN": .number(0), "MAX": .number(10000)]], "CLIPMODE": ["none"],
            ])
    }

    @Test func aWholeNumberAToggleAndAChoice() {
        #expect(node("/continuo/param/polyphony")?["TYPE"] == "i")
        #expect(node("/continuo/param/polyphony")?["DESCRIPTION"] == "At once. (notes) auto: 0.")
        #expect(node("/continuo/param/auto")?["TYPE"] == "T")
        #expect(node("/continuo/param/auto")?["VALUE"] == [true])
        #expect(node("/continuo/param/mode")?["TYPE"] == "s")
        #expect(node("/continuo/param/mode")?["VALUE"] == ["endless"])
        #expect(node("/continuo/param/mode")?["RANGE"] == [["VALS": ["reply", "endless"]]])
    }

    @Test func commandsAreWrittenOnly() {
        #expect(
            node("/continuo/panic") == [
                "FULL_PATH": "/continuo/panic", "DESCRIPTION": "Ends everything that may sound, on all channels.",
                "ACCESS": .number(2), "TYPE": "I", "CLIPMODE": ["none"],
            ])
        #expect(node("/continuo/preset/load")?["RANGE"] == [["VALS": ["good"]]])
    }

    @Test func theRootHasEverything() throws {
        let root = try #require(node("/"))
        #expect(root["FULL_PATH"] == "/" && root["ACCESS"] == .number(0) && root["TYPE"] == nil)
        let folder = root["CONTENTS"]?["continuo"]?["CONTENTS"]
        let parameters = folder?["param"]?["CONTENTS"]
        for name in Self.values.keys {
            #expect(parameters?[name]?["FULL_PATH"] == .text("/continuo/param/" + name))
            #expect(parameters?[name] == node("/continuo/param/" + name))
        }
        for name in ["takeover", "yield", "tap", "panic", "reset"] { #expect(folder?[name]?["TYPE"] == "I") }
        #expect(node("/continuo/param/") == folder?["param"])
    }

    @Test(
        arguments: [
            ("/continuo/param/patience", "VALUE", .json(["VALUE": [.number(400)]])),
            ("/continuo/param/patience", "TYPE", .json(["TYPE": "f"])),
            ("/continuo/panic", "VALUE", .nothing), ("/continuo", "VALUE", .nothing),
            ("/continuo/panic", "TAGS", .nothing),
            ("/continuo/panic", "value", .unknownAttribute), ("/", "NONSENSE", .unknownAttribute),
            ("/continuo/param/nobody", "VALUE", .notFound), ("/continuo/param/patience/more", "VALUE", .notFound),
        ] as [(String, String, OSCQuery.Answer)])
    func anAttributeAnswersAlone(_ path: String, _ attribute: String, _ answer: OSCQuery.Answer) {
        #expect(OSCQuery(Self.mirror()).answer(path, attribute: attribute) == answer)
    }

    @Test func valuesAreOfTheNodesType() throws {
        let mirror = Self.mirror()
        for (name, argument) in [
            ("patience", .float(400)), ("auto", .int(1)), ("mode", .string("endless")), ("polyphony", .int(16)),
        ] as [(String, OSCMessage.Argument)] {
            let parameter = try #require(mirror.parameter(named: name))
            #expect(OSCQuery.message(parameter) == OSCMessage("/continuo/param/" + name, [argument]))
        }
    }

    @Test func onlyWhatHasChangedIsNews() {
        var mirror = Self.mirror()
        var values = Self.values
        func list() -> [Mirror.News] {
            (FakeDaemon.table(values) + [[]]).flatMap {
                mirror.take(OSCMessage("/continuo/reply", [.string("/continuo/list")] + $0))
            }
        }
        #expect(list() == [.listed])
        values["patience"] = 500
        #expect(
            list().map { if case .value(let it) = $0 { "\(it.name) \(it.value)" } else { "" } } == [
                "patience 500.0", "",
            ])
        let set = OSCMessage("/continuo/reply", [.string("/continuo/set"), .string("patience"), .float(500)])
        #expect(mirror.take(set) == [])
    }
}
