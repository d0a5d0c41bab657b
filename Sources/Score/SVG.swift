/// The few elements of SVG 1.1 that the pictures need.
package struct SVG {
    private var text = ""

    package init() {}

    package mutating func open(width: Double, height: Double) {
        let (width, height) = (Self.decimal(width.rounded()), Self.decimal(height.rounded()))
        text += """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" \
            viewBox="0 0 \(width) \(height)" font-family="Inter, Helvetica, Arial, sans-serif">
            <rect width="100%" height="100%" fill="#ffffff"/>

            """
    }

    package mutating func close() -> String {
        text + "</svg>\n"
    }

    package mutating func openGroup(_ attributes: String) {
        text += "<g \(attributes)>\n"
    }

    package mutating func closeGroup() {
        text += "</g>\n"
    }

    package mutating func rectangle(x: Double, y: Double, width: Double, height: Double, _ attributes: String) {
        text += "<rect x=\"\(Self.decimal(x))\" y=\"\(Self.decimal(y))\" width=\"\(Self.decimal(width))\" "
        text += "height=\"\(Self.decimal(height))\" \(attributes)/>\n"
    }

    package mutating func line(x1: Double, y1: Double, x2: Double, y2: Double, _ attributes: String) {
        text += "<line x1=\"\(Self.decimal(x1))\" y1=\"\(Self.decimal(y1))\" x2=\"\(Self.decimal(x2))\" "
        text += "y2=\"\(Self.decimal(y2))\" \(attributes)/>\n"
    }

    package mutating func polyline(_ points: [(x: Double, y: Double)], _ attributes: String) {
        let places = points.map { "\(Self.decimal($0.x)),\(Self.decimal($0.y))" }.joined(separator: " ")
        text += "<polyline points=\"\(places)\" \(attributes)/>\n"
    }

    package mutating func text(_ content: String, x: Double, y: Double, _ attributes: String) {
        text += "<text x=\"\(Self.decimal(x))\" y=\"\(Self.decimal(y))\" \(attributes)>"
        text += "\(Self.escaped(content))</text>\n"
    }

    /// One text, so that it flows in any font.
    package mutating func legend(
        _ entries: [(colour: String, name: String)], x: Double, y: Double, _ attributes: String
    ) {
        text += "<text x=\"\(Self.decimal(x))\" y=\"\(Self.decimal(y))\" \(attributes)>"
        for (index, (colour, name)) in entries.enumerated() {
            text += "<tspan dx=\"\(index == 0 ? 0 : 16)\" fill=\"\(colour)\">\u{25A0}</tspan>"
            text += "<tspan dx=\"6\">\(Self.escaped(name))</tspan>"
        }
        text += "</text>\n"
    }

    package static func clipped(_ text: String, to count: Int) -> String {
        text.count > count ? text.prefix(count - 1) + "\u{2026}" : text
    }

    /// Two decimals, without trailing zeros.
    package static func decimal(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let (whole, rest) = abs(hundredths).quotientAndRemainder(dividingBy: 100)
        let sign = hundredths < 0 ? "-" : ""
        if rest == 0 { return "\(sign)\(whole)" }
        return rest % 10 == 0 ? "\(sign)\(whole).\(rest / 10)" : "\(sign)\(whole).\(rest < 10 ? "0" : "")\(rest)"
    }

    /// For element content. What XML 1.0 cannot hold at all (section 2.2: most control characters) becomes a blank.
    private static func escaped(_ content: String) -> String {
        var result = ""
        for scalar in content.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\u{0}"..<" ", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}": result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
