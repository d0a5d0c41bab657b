import Performer

extension ParameterValues {
    /// These values with those of `--set name=value` options.
    public func overridden(by options: [String]) throws(ControlError) -> ParameterValues {
        var values = self
        for (parameter, value) in try Parameter.overrides(options) { values[parameter] = value }
        return values
    }
}

extension Parameter {
    /// The values of `--set name=value` options; of two for the same parameter the last counts.
    public static func overrides(_ options: [String]) throws(ControlError) -> [Parameter: Float] {
        var values: [Parameter: Float] = [:]
        for option in options {
            let parts = option.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { throw .noAssignment(option) }
            try ControlError.wrapping { () throws(ParameterError) in
                let parameter = try Parameter.named(String(parts[0]))
                values[parameter] = try parameter.declaration.value(typed: String(parts[1]))
            }
        }
        return values
    }
}
