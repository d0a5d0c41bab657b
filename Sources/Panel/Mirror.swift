import OSC

/// What the daemon has told of itself, and nothing else: a pure value, without sockets.
package struct Mirror {
    package struct Parameter: Equatable {
        package enum Kind: String { case number, whole, toggle, choice }

        package var name: String
        package var kind: Kind
        package var value: Double
        package var minimum: Double
        package var maximum: Double
        package var defaultValue: Double
        package var unit: String
        package var sentence: String
        /// Values that have a name; of a choice all.
        package var names: [(name: String, value: Double)]

        package func name(of value: Double) -> String? { names.first { $0.value == value }?.name }

        package static func == (left: Self, right: Self) -> Bool { left.json == right.json }
    }

    package enum News: Equatable {
        /// There are other parameters, or other limits.
        case parameters
        /// A parameter has another value.
        case value(Parameter)
        case presets
        case status
        case notes(JSON)
        case plan(JSON)
        case fault(String)
        /// All of /continuo/list has come, whether or not anything is new.
        case listed
    }

    package private(set) var parameters: [Parameter] = []
    package private(set) var presets: [(name: String, description: String)] = []
    package private(set) var figures: [JSON.Member] = []

    private var comingParameters: [Parameter] = []
    private var comingPresets: [(name: String, description: String)] = []
    private var comingFigures: [JSON.Member] = []
    /// Names of parameters that take whole numbers only: the answers do not say so.
    private let whole: Set<String>

    package init(whole: Set<String>) { self.whole = whole }

    package func parameter(named name: String) -> Parameter? { parameters.first { $0.name == name } }

    package mutating func take(_ message: OSCMessage) -> [News] {
        switch message.address {
        case "/continuo/notes": return [.notes(.array(message.arguments.map(\.json)))]
        case "/continuo/plan": return [.plan(.array(message.arguments.map(\.json)))]
        case "/continuo/error":
            guard message.arguments.count == 2, case .string(let text) = message.arguments[1] else { return [] }
            return [.fault(text)]
        case "/continuo/reply":
            guard case .string(let address)? = message.arguments.first else { return [] }
            return answer(address, Array(message.arguments.dropFirst()))
        default: return []
        }
    }

    private mutating func answer(_ address: String, _ rest: [OSCMessage.Argument]) -> [News] {
        switch (address, rest.first) {
        case ("/continuo/list", .string?):
            if let parameter = parameter(rest) {
                comingParameters.removeAll { $0.name == parameter.name }
                comingParameters.append(parameter)
            }
            return []
        case ("/continuo/list", nil): return listed()
        case ("/continuo/status", .string(let name)?) where rest.count == 2:
            comingFigures.removeAll { $0.name == name }
            comingFigures.append(JSON.Member(name: name, value: rest[1].json))
            return []
        case ("/continuo/status", nil):
            (figures, comingFigures) = (comingFigures, [])
            return [.status]
        case ("/continuo/presets", .string(let name)?) where rest.count == 2:
            comingPresets.removeAll { $0.name == name }
            comingPresets.append((name, rest[1].json.text ?? ""))
            return []
        case ("/continuo/presets", nil):
            defer { comingPresets = [] }
            guard
                presets.map({ $0.name + "\0" + $0.description })
                    != comingPresets.map({ $0.name + "\0" + $0.description })
            else { return [] }
            presets = comingPresets
            return [.presets]
        case ("/continuo/set", .string(let name)?) where rest.count == 2: return changed(name, to: rest[1].json.number)
        case (_, let value?) where address.hasPrefix("/continuo/param/") && rest.count == 1:
            return changed(String(address.dropFirst("/continuo/param/".count)), to: value.json.number)
        default: return []
        }
    }

    private mutating func changed(_ name: String, to value: Double?) -> [News] {
        guard let value, let index = parameters.firstIndex(where: { $0.name == name }), parameters[index].value != value
        else { return [] }
        parameters[index].value = value
        return [.value(parameters[index])]
    }

    private mutating func listed() -> [News] {
        let old = parameters
        (parameters, comingParameters) = (comingParameters, [])
        let isSame =
            old.count == parameters.count
            && zip(old, parameters).allSatisfy { old, new in
                var old = old
                old.value = new.value
                return old == new
            }
        guard isSame else { return [.parameters, .listed] }
        return zip(old, parameters).filter { $0.value != $1.value }.map { .value($1) } + [.listed]
    }

    /// Name, value, minimum, maximum, default, unit, sentence, then name and number of each value that has a name.
    private func parameter(_ rest: [OSCMessage.Argument]) -> Parameter? {
        let (texts, numbers) = (rest.map(\.json.text), rest.map(\.json.number))
        guard rest.count >= 7, let name = texts[0], let value = numbers[1], let minimum = numbers[2],
            let maximum = numbers[3], let defaultValue = numbers[4], let unit = texts[5], let sentence = texts[6]
        else { return nil }
        let names = stride(from: 7, to: rest.count - 1, by: 2).compactMap { index -> (name: String, value: Double)? in
            guard let name = texts[index], let value = numbers[index + 1] else { return nil }
            return (name, value)
        }
        let values = Set(names.map(\.value))
        let isNamed =
            maximum - minimum < 128 && stride(from: minimum, through: maximum, by: 1).allSatisfy(values.contains)
        let kind: Parameter.Kind =
            unit == "0/1" ? .toggle : isNamed ? .choice : whole.contains(name) ? .whole : .number
        return Parameter(
            name: name, kind: kind, value: value, minimum: minimum, maximum: maximum, defaultValue: defaultValue,
            unit: unit, sentence: sentence, names: names)
    }
}

extension Mirror.Parameter {
    /// As the page gets it.
    var json: JSON {
        [
            "name": .text(name), "kind": .text(kind.rawValue), "value": .number(value), "minimum": .number(minimum),
            "maximum": .number(maximum), "default": .number(defaultValue), "unit": .text(unit),
            "sentence": .text(sentence),
            "names": .array(names.map { ["name": .text($0.name), "value": .number($0.value)] }),
        ]
    }
}

extension OSCMessage.Argument {
    var json: JSON {
        switch self {
        case .int(let value): .number(Double(value))
        case .float(let value): .number(value)
        case .string(let text): .text(text)
        case .other: .null
        }
    }
}
