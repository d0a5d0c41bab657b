// Not real-time: regular expressions.

import Glibc

/// A POSIX extended regular expression whose characters are those of UTF-8 under any locale of the process: services run
/// under `LANG=C`, where `.` would be a byte.
final class UTF8Expression {
    struct Fault: Error {
        let reason: String
    }

    private var whole = regex_t()
    /// glibc 2.35 has it built in, and Debian's older ones bring it; without it characters are bytes.
    private nonisolated(unsafe) static let locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nil)

    init(_ text: String) throws(Fault) {
        // First by itself: "a)|(b" must not become two expressions by the brackets around it.
        var alone = regex_t()
        let code = Self.inUTF8 { regcomp(&alone, text, REG_EXTENDED | REG_NOSUB) }
        guard code == 0 else {
            var reason = [CChar](repeating: 0, count: 128)
            regerror(code, &alone, &reason, reason.count)
            throw Fault(reason: reason.withUnsafeBufferPointer { String(cString: $0.baseAddress!) })
        }
        regfree(&alone)
        let wholeCode = Self.inUTF8 { regcomp(&whole, "^(\(text))$", REG_EXTENDED | REG_NOSUB) }
        guard wholeCode == 0 else { throw Fault(reason: "it cannot be made to fit a whole name") }
    }

    deinit { regfree(&whole) }

    /// Whether it fits all of the text.
    func fits(_ text: String) -> Bool { Self.inUTF8 { regexec(&whole, text, 0, nil, 0) } == 0 }

    /// The locale of this thread alone is another one while the body runs.
    private static func inUTF8(_ body: () -> Int32) -> Int32 {
        guard let locale else { return body() }
        let before = uselocale(locale)
        defer { _ = uselocale(before) }
        return body()
    }
}
