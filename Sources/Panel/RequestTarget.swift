/// The path and the query of a request, taken apart (RFC 3986).
package struct RequestTarget: Equatable {
    /// Percent-decoded.
    package let path: String
    /// What comes after the question mark, without the token; nil where nothing does.
    package let attribute: String?
    package let token: String?

    /// Nil where it is no path.
    package init?(_ uri: String) {
        guard uri.utf8.first == UInt8(ascii: "/") else { return nil }
        let parts = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let path = Self.decoded(parts[0]) else { return nil }
        let query = parts.count == 2 ? parts[1].split(separator: "&") : []
        self.path = path
        token = query.first { $0.hasPrefix("token=") }.flatMap { Self.decoded($0.dropFirst("token=".count)) }
        attribute = query.first { !$0.hasPrefix("token=") }.map(String.init)
    }

    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2).compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
            guard digits.count == 2 else { return nil }
            rest = rest.dropFirst(2)
            bytes.append(UInt8(digits[0] * 16 + digits[1]))
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
