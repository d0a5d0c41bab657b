// The purpose of this room: what people store of the instrument, and exchange: presets in folders and archives. Nothing here is
// real-time.

import Files
import Performer

/// What can be wrong with a preset or a message. The text goes to the user as it stands.
public enum ControlError: Error, Equatable, CustomStringConvertible {
    case unknownParameter(String)
    case outOfRange(Parameter, Float)
    /// The address, and what it takes.
    case wrongArguments(String, takes: String)
    case unknownAddress(String)
    /// An address to answer to.
    case badReceiver(String)
    /// Not the name of a preset's folder.
    case badPresetName(String)
    /// The name, and where it was looked for.
    case noPreset(String, searched: [String])
    case unreadable(FileError)
    /// A file of a preset, where in it, and what is wrong there.
    case preset(file: String, line: Int, String)
    /// A file or folder of somebody else's that is no preset, and why not.
    case foreign(String, String)
    /// The instrument cannot do this now; why, and what to do.
    case refused(String)
    case cannotListen(address: String, port: UInt16, String)

    public var description: String {
        switch self {
        case .unknownParameter(let name):
            "there is no parameter '\(shown(name))'; `continuo parameters` and /continuo/list name them all"
        case .outOfRange(let parameter, let value):
            "\(parameter.declaration.name) takes \(parameter.declaration.range), not \(shortest(value))"
        case .wrongArguments(let address, let takes):
            "\(shown(address)) takes \(takes)"
        case .unknownAddress(let address):
            "there is no address \(shown(address)); all begin with /continuo, and continuo-osc(7) lists them"
        case .badReceiver(let url):
            "no answers go to \(shown(url)), only to another port of the sender: osc.udp://:PORT"
        case .badPresetName(let name):
            "'\(shown(name))' is not the name of a preset: it must be a plain folder name, without '/'"
        case .noPreset(let name, let searched):
            "there is no preset '\(shown(name))' in \(searched.joined(separator: ", ")); `continuo presets` lists them"
        case .unreadable(let error):
            error.description
        case .preset(let file, let line, let problem):
            "\(file):\(line): \(problem)"
        case .foreign(let file, let problem):
            shown("\(file): \(problem)", to: 400)
        case .refused(let reason):
            reason
        case .cannotListen(let address, let port, let reason):
            "cannot listen on UDP port \(port) of \(shown(address)): \(reason)"
        }
    }

    /// Foreign text in one short line.
    private func shown(_ text: String, to length: Int = 80) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix(length).map { $0.properties.generalCategory == .control ? "?" : $0 }))
    }
}

extension ParameterDeclaration {
    /// As people write the value.
    public func shown(_ value: Float) -> String {
        kind == .toggle
            ? (value == 0 ? "off (0)" : "on (1)") : unit.isEmpty ? shortest(value) : "\(shortest(value)) \(unit)"
    }

    /// As in "0…10000 ms", "1…64 notes (whole numbers)", "0 or 1".
    public var range: String {
        let span = "\(shortest(minimum))…\(shortest(maximum))"
        return switch kind {
        case .toggle: "0 or 1"
        case .whole: "\(unit.isEmpty ? span : "\(span) \(unit)") (whole numbers)"
        case .number: unit.isEmpty ? span : "\(span) \(unit)"
        }
    }
}

/// Without ".0".
private func shortest(_ value: Float) -> String { Int32(exactly: value).map { "\($0)" } ?? "\(value)" }

extension Parameter {
    /// The one check that every way in makes.
    public func checked(_ value: Float) throws(ControlError) -> Float {
        guard declaration.accepts(value) else { throw .outOfRange(self, value) }
        return value
    }
}
