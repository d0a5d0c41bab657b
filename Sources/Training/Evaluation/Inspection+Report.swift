import Score

/// An inspection for people and for programs.
extension Inspection {
    public var table: String {
        let names = tensors.map(\.name.count).max() ?? 0
        let shapes = tensors.map(\.shapeText.count).max() ?? 0
        func left(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }
        func right(_ number: Int) -> String {
            String(repeating: " ", count: max(0, 11 - "\(number)".count)) + "\(number)"
        }
        var lines = [left("tensor", names + 2) + left("shape", shapes + 2) + "type   parameters      bytes"]
        for tensor in tensors {
            lines.append(
                left(tensor.name, names + 2) + left(tensor.shapeText, shapes + 2) + left(tensor.type, 6)
                    + right(tensor.parameters) + right(tensor.bytes))
        }
        lines += [left("total", names + shapes + 10) + right(parameters) + right(bytes), ""]
        return (lines + facts.map { left($0.name, 16) + "  " + $0.text }).joined(separator: "\n")
    }

    /// What is known besides the tensors; what goes over lines is indented.
    private var facts: [(name: String, text: String)] {
        let c = configuration
        var facts = [
            ("representation", c.representation),
            ("fields", c.fields.map { "\($0.name) \($0.classes)" }.joined(separator: ", ")),
            (
                "network",
                "embedding \(c.embedding), \(counted(c.layers, "LSTM layer")) of \(c.hidden), "
                    + (c.headWidth > 0 ? "heads of \(c.headWidth)" : "plain heads")
                    + (c.gateBiases == 1 ? ", one bias a gate" : "")
            ),
        ]
        if let fileBytes, let hash {
            facts.append(("file", "\(fileBytes) bytes, hash \(String(hash, radix: 16))"))
        }
        let indent = "\n" + String(repeating: " ", count: 18)
        return facts
            + notes.sorted { $0.key < $1.key }.map { key, text in
                (key, text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: indent).printable)
            }
    }
}

extension Inspection.Tensor {
    fileprivate var shapeText: String { "[\(shape.map(String.init).joined(separator: ", "))]" }
}

extension String {
    /// Without what could upset a terminal: a model file may come from anybody.
    fileprivate var printable: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.map {
                    $0 != "\n" && $0.properties.generalCategory == .control ? "?" : $0
                }))
    }
}

extension Inspection: Encodable {
    private enum Key: String, CodingKey {
        case representation, fields, embedding, hidden, layers, tensors, parameters, bytes, metadata, hash
        case name, classes, shape, dtype
        case headWidth = "head_width"
        case fileBytes = "file_bytes"
    }

    public func encode(to encoder: any Encoder) throws {
        var report = encoder.container(keyedBy: Key.self)
        try report.encode(configuration.representation, forKey: .representation)
        try report.encode(configuration.embedding, forKey: .embedding)
        try report.encode(configuration.hidden, forKey: .hidden)
        try report.encode(configuration.layers, forKey: .layers)
        try report.encode(configuration.headWidth, forKey: .headWidth)
        try report.encode(parameters, forKey: .parameters)
        try report.encode(bytes, forKey: .bytes)
        try report.encode(notes, forKey: .metadata)
        try report.encodeIfPresent(fileBytes, forKey: .fileBytes)
        try report.encodeIfPresent(hash.map { String($0, radix: 16) }, forKey: .hash)
        var list = report.nestedUnkeyedContainer(forKey: .fields)
        for field in configuration.fields {
            var entry = list.nestedContainer(keyedBy: Key.self)
            try entry.encode(field.name, forKey: .name)
            try entry.encode(field.classes, forKey: .classes)
        }
        list = report.nestedUnkeyedContainer(forKey: .tensors)
        for tensor in tensors {
            var entry = list.nestedContainer(keyedBy: Key.self)
            try entry.encode(tensor.name, forKey: .name)
            try entry.encode(tensor.shape, forKey: .shape)
            try entry.encode(tensor.type, forKey: .dtype)
            try entry.encode(tensor.parameters, forKey: .parameters)
            try entry.encode(tensor.bytes, forKey: .bytes)
        }
    }
}
