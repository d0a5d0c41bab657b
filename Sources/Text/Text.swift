// The purpose of this room: text that people read and mistype. Nothing here is real-time.

/// A number in the shortest form that reads as the same one, without ".0".
public func shortest(_ number: Double) -> String { Int(exactly: number).map { "\($0)" } ?? "\(number)" }

/// A number in the shortest form that reads as the same one in single precision, without ".0".
public func shortest(_ number: Float) -> String { Int(exactly: number).map { "\($0)" } ?? "\(number)" }

/// Foreign text as one line that no terminal minds: at most `length` characters, control characters replaced by '?'.
public func printable(_ text: String, to length: Int = 80) -> String {
    String(
        String.UnicodeScalarView(
            text.unicodeScalars.prefix(length).map { $0.properties.generalCategory == .control ? "?" : $0 }))
}
