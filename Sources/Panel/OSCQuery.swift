import OSC

/// The tree that OSCQuery clients read (Vidvox's proposal): all that the daemon can be told, from its parameter table.
package struct OSCQuery {
    /// What may be done with the value of a node.
    enum Access: Double {
        case none = 0
        case read = 1
        case write = 2
        case both = 3
    }

    struct Node {
        var description: String?
        var type: String?
        var value: JSON?
        var range: JSON?
        var access = Access.none
        var contents: [(name: String, node: Node)] = []
    }

    /// The answer to a request.
    package enum Answer: Equatable {
        case json(JSON)
        /// The node lacks the attribute, or may not be read (204).
        case nothing
        case unknownAttribute
        case notFound
    }

    /// Attributes of the proposal; one that a node lacks is answered by 204.
    private static let attributes: Set = [
        "FULL_PATH", "CONTENTS", "TYPE", "VALUE", "RANGE", "ACCESS", "CLIPMODE", "DESCRIPTION", "UNIT", "TAGS",
        "EXTENDED_TYPE", "OVERLOADS", "CRITICAL",
    ]

    let root: Node

    package init(_ mirror: Mirror) {
        let commands = PlainCommand.all.map {
            (name: $0.name, node: Node(description: $0.sentence, type: "I", access: .write))
        }
        let load = Node(
            description: "Plays this preset.", type: "s",
            range: [["VALS": .array(mirror.presets.map { .text($0.name) })]], access: .write)
        let parameters = mirror.parameters.map { (name: $0.name, node: Self.node($0)) }
        let continuo = Node(
            description: "Continuo, which carries on the phrase you play",
            contents: commands + [
                ("preset", Node(contents: [("load", load)])), ("param", Node(contents: parameters)),
            ])
        root = Node(contents: [("continuo", continuo)])
    }

    package func answer(_ path: String, attribute: String?) -> Answer {
        guard let node = find(path) else { return .notFound }
        guard let attribute else { return .json(Self.json(node, path: Self.clean(path))) }
        guard Self.attributes.contains(attribute) else { return .unknownAttribute }
        guard let value = Self.json(node, path: Self.clean(path))[attribute] else { return .nothing }
        return .json(.object([JSON.Member(name: attribute, value: value)]))
    }

    /// - Parameter oscPort: UDP port of the daemon; an address is not given, since that is where the client reached this.
    package static func hostInformation(oscPort: Int) -> JSON {
        [
            "NAME": "Continuo", "OSC_TRANSPORT": "UDP", "OSC_PORT": .number(Double(oscPort)),
            "EXTENSIONS": [
                "ACCESS": true, "VALUE": true, "RANGE": true, "DESCRIPTION": true, "CLIPMODE": true, "LISTEN": true,
                "TYPE": true,
            ],
        ]
    }

    /// A value as LISTEN sends it, of the node's type.
    package static func message(_ parameter: Mirror.Parameter) -> OSCMessage {
        let argument: OSCMessage.Argument =
            switch parameter.kind {
            case .toggle, .whole: .int(Int64(parameter.value))
            case .choice: .string(parameter.name(of: parameter.value) ?? "")
            case .number: .float(parameter.value)
            }
        return OSCMessage(prefix + parameter.name, [argument])
    }

    /// Whether a client may listen to it.
    package static func isListenable(_ address: String) -> Bool {
        address.hasPrefix(prefix) && address.utf8.count <= 256
    }

    private static let prefix = "/continuo/param/"

    private static func node(_ parameter: Mirror.Parameter) -> Node {
        let unit = ["", "0/1"].contains(parameter.unit) ? "" : " (\(parameter.unit))"
        let names =
            parameter.kind == .choice ? [] : parameter.names.map { "\($0.name): \(JSON.number($0.value).encoded)" }
        let named = names.isEmpty || parameter.kind == .toggle ? "" : " \(names.joined(separator: ", "))."
        var node = Node(description: parameter.sentence + unit + named, access: .both)
        node.value = [value(parameter)]
        switch parameter.kind {
        case .toggle: node.type = "T"
        case .choice:
            node.type = "s"
            node.range = [["VALS": .array(parameter.names.map { .text($0.name) })]]
        case .whole, .number:
            node.type = parameter.kind == .whole ? "i" : "f"
            node.range = [["MIN": .number(parameter.minimum), "MAX": .number(parameter.maximum)]]
        }
        return node
    }

    private static func value(_ parameter: Mirror.Parameter) -> JSON {
        switch parameter.kind {
        case .toggle: .truth(parameter.value != 0)
        case .choice: parameter.name(of: parameter.value).map { .text($0) } ?? .null
        case .whole, .number: .number(parameter.value)
        }
    }

    private static func json(_ node: Node, path: String) -> JSON {
        var members = [JSON.Member(name: "FULL_PATH", value: .text(path))]
        func add(_ name: String, _ value: JSON?) {
            if let value { members.append(JSON.Member(name: name, value: value)) }
        }
        add("DESCRIPTION", node.description.map { .text($0) })
        add("ACCESS", .number(node.access.rawValue))
        add("TYPE", node.type.map { .text($0) })
        add("VALUE", node.access == .both || node.access == .read ? node.value : nil)
        add("RANGE", node.range)
        add("CLIPMODE", node.type == nil ? nil : ["none"])
        if node.type == nil {
            let folder = path == "/" ? "" : path
            let contents = node.contents.map {
                JSON.Member(name: $0.name, value: json($0.node, path: "\(folder)/\($0.name)"))
            }
            add("CONTENTS", .object(contents))
        }
        return .object(members)
    }

    private func find(_ path: String) -> Node? {
        var node = root
        for name in path.split(separator: "/") {
            guard let next = node.contents.first(where: { $0.name == name }) else { return nil }
            node = next.node
        }
        return node
    }

    private static func clean(_ path: String) -> String { "/" + path.split(separator: "/").joined(separator: "/") }
}
