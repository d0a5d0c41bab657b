import Performer
import Presets
import TOML

/// What makes the instrument the one it is: a restart, a session or a plugin can keep it and come back to it. As text it is TOML:
///
///     [state]
///     version = 1
///     preset = "maestro"
///
///     [parameters]          # all of them
///     patience = 800
///
///     [sources]             # connected to its input, by name
///     1 = "MPK mini 3:MPK mini 3 MIDI 1"
///
///     [destinations]        # connected to its output
///     1 = "FLUID Synth:Synth input port"
public struct InstrumentState: Equatable, Sendable {
    /// Of the text; another one is not read.
    static let version = 1.0

    /// A name to look up, or the path of a folder (with a '/').
    public var preset: String
    /// Each in its range.
    public var parameters: [Parameter: Float]
    public var connections: Connections

    public init(preset: String, values: ParameterValues, connections: Connections = Connections()) {
        self.preset = preset
        parameters = Dictionary(uniqueKeysWithValues: Parameter.allCases.map { ($0, values[$0]) })
        self.connections = connections
    }

    /// These values, with those of the state in their place.
    public func applied(to values: ParameterValues) -> ParameterValues {
        var values = values
        for (parameter, value) in parameters { values[parameter] = value }
        return values
    }
}

extension InstrumentState {
    public var text: String {
        var text = TOMLText()
        text.comment("Kept by Continuo and replaced at each change; continuod --restore starts with it.")
        text.begin("state")
        text.append("version", .number(Self.version))
        text.append("preset", .string(preset))
        text.begin("parameters")
        for parameter in Parameter.allCases {
            if let value = parameters[parameter] { text.append(parameter, value) }
        }
        for (table, names) in [("sources", connections.sources), ("destinations", connections.destinations)] {
            text.begin(table)
            for (index, name) in names.enumerated() { text.append("\(index + 1)", .string(name)) }
        }
        return text.text
    }

    /// Reads `text`, of any bytes.
    /// - Parameter file: where they come from, for messages.
    /// - Throws: `ControlError.preset`, with the line at fault.
    public init(_ bytes: [UInt8], file: String) throws(ControlError) {
        do throws(TOMLDocument.Fault) { self = try InstrumentState(TOMLDocument(bytes)) } catch {
            throw .preset(file: file, line: error.line, error.problem)
        }
    }

    private init(_ document: TOMLDocument) throws(TOMLDocument.Fault) {
        var (version, preset) = (Double?.none, String?.none)
        var parameters: [Parameter: Float] = [:]
        var connections = Connections()
        for entry in document.entries {
            switch (entry.table, entry.key, entry.value) {
            case ("state", "version", .number(let number)):
                guard number == Self.version else {
                    throw .init(line: entry.line, problem: "version \(number) of the state; 1 is read here")
                }
                version = number
            case ("state", "preset", .string(let text)): preset = text
            case ("parameters", _, _):
                let (parameter, value) = try entry.parameter()
                parameters[parameter] = value
            case ("sources", _, .string(let name)): connections.sources.append(name)
            case ("destinations", _, .string(let name)): connections.destinations.append(name)
            default: throw .init(line: entry.line, problem: "'\(entry.key)' is none of a state's, or of another type")
            }
        }
        guard version != nil else { throw .init(line: 1, problem: "the version is missing") }
        guard let preset else { throw .init(line: 1, problem: "the preset is missing") }
        (self.preset, self.parameters, self.connections) = (preset, parameters, connections)
    }
}
