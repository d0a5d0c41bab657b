import Glibc

/// How a user names the ports to connect to: a POSIX extended regular expression that must fit the whole name, so that
/// `system:midi_capture_1` is not also `system:midi_capture_10`; or exactly the name, since names are full of brackets.
public final class PortPattern {
    private let text: String
    private var expression = regex_t()

    public init(_ text: String) throws(PortError) {
        self.text = text
        let code = regcomp(&expression, "^(\(text))$", REG_EXTENDED | REG_NOSUB)
        guard code == 0 else {
            var reason = [CChar](repeating: 0, count: 128)
            regerror(code, &expression, &reason, reason.count)
            throw .badPattern(text, reason.withUnsafeBufferPointer { String(cString: $0.baseAddress!) })
        }
    }

    deinit { regfree(&expression) }

    func fits(_ name: String) -> Bool { name == text || regexec(&expression, name, 0, nil, 0) == 0 }
}
