import Performer
import TOML

extension TOMLDocument.Entry {
    /// The parameter that this line sets, and its value: a number, true or false of what is on or off, a name as a string.
    package func parameter() throws(TOMLDocument.Fault) -> (Parameter, Float) {
        do throws(ParameterError) {
            let parameter = try Parameter.named(key)
            let declaration = parameter.declaration
            switch value {
            case .number(let number): return (parameter, try declaration.value(number))
            case .string(let name): return (parameter, try declaration.value(named: name))
            case .bool(let on):
                guard declaration.takesTruth else {
                    throw .refused(key, "\(on)", takes: declaration.range)
                }
                return (parameter, on ? 1 : 0)
            }
        } catch { throw .init(line: line, problem: error.description) }
    }
}

extension TOMLText {
    /// A line that reads as the same value.
    package mutating func append(_ parameter: Parameter, _ value: Float) {
        let declaration = parameter.declaration
        let written: TOMLDocument.Value =
            if declaration.kind == .toggle { .bool(value != 0) } else if let name = declaration.name(of: value) {
                .string(name)
            } else { .number(Double(value.description) ?? Double(value)) }
        append(declaration.name, written)
    }
}
