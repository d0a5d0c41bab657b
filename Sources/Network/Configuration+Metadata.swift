// Not real-time: the configuration as strings in a model file, and back with every number checked.

extension Configuration {
    static let metadataPrefix = "continuo."
    /// Of the model file format; raised when an older Continuo could no longer read a newer file rightly.
    static let metadataVersion = "3"
    /// What a network with Kronecker factors is written as.
    static let versionWithFactors = metadataVersion
    /// What a network with a recall, but without those, is written as.
    static let versionWithRecall = "2"
    /// What a network without recall is written as, since older ones read it.
    static let versionWithoutRecall = "1"

    /// For example `continuo.fields` = `shift:101 key:257 velocity:32`.
    public var metadata: [String: String] {
        let recalled: [String: String] =
            recall.map {
                [
                    "continuo.recall_field": String($0.field),
                    "continuo.recall_classes": String($0.classes),
                    "continuo.recall_width": String($0.width),
                    "continuo.recall_length": String($0.length),
                ]
            } ?? [:]
        let biases = gateBiases == 2 ? [:] : ["continuo.gate_biases": String(gateBiases)]
        return [
            "continuo.version": recall == nil ? Self.versionWithoutRecall : Self.versionWithRecall,
            "continuo.representation": representation,
            "continuo.fields": fields.map { "\($0.name):\($0.classes)" }.joined(separator: " "),
            "continuo.embedding": String(embedding),
            "continuo.hidden": String(hidden),
            "continuo.layers": String(layers),
            "continuo.head_width": String(headWidth),
        ].merging(recalled) { own, _ in own }.merging(biases) { own, _ in own }
    }

    /// - Parameter file: the name that errors give.
    public init(metadata: [String: String], file: String) throws(ModelFileError) {
        func text(_ key: String) throws(ModelFileError) -> String {
            guard let text = metadata[Self.metadataPrefix + key], !text.isEmpty else {
                throw .metadata(file: file, key: Self.metadataPrefix + key, reason: "missing")
            }
            return text
        }
        func number(_ key: String, _ range: ClosedRange<Int>, multipleOf step: Int = 1) throws(ModelFileError) -> Int {
            let text = try text(key)
            guard let number = Int(text), range ~= number, number % step == 0 else {
                throw .metadata(
                    file: file, key: Self.metadataPrefix + key,
                    reason: "\"\(text)\" is not a number in \(range.lowerBound)…\(range.upperBound)"
                        + (step > 1 ? " and a multiple of \(step)" : ""))
            }
            return number
        }
        let version = try text("version")
        guard [Self.versionWithoutRecall, Self.versionWithRecall, Self.metadataVersion].contains(version) else {
            throw .metadata(
                file: file, key: "continuo.version",
                reason: "\"\(version)\", while this Continuo reads \(Self.metadataVersion)")
        }
        self.init(
            representation: try text("representation"), fields: try Self.fields(try text("fields"), file: file),
            embedding: try number("embedding", 1...8192), hidden: try number("hidden", 1...8192),
            layers: try number("layers", 1...16), headWidth: try number("head_width", 0...8192))
        // Files of older versions do not say: two.
        if metadata["continuo.gate_biases"] != nil { gateBiases = try number("gate_biases", 1...2) }
        guard metadata["continuo.recall_width"] != nil else { return }
        let field = try number("recall_field", 0...fields.count - 1)
        let classes = try number("recall_classes", 1...fields[field].classes)
        let width = try number("recall_width", 16...256, multipleOf: 16)
        // All of it is read for each draw: a megabyte at most.
        recall = Recall(
            field: field, classes: classes, width: width,
            length: try number("recall_length", 64...1 << 20 / width, multipleOf: 64))
    }

    private static func fields(_ text: String, file: String) throws(ModelFileError) -> [Field] {
        var fields: [Field] = []
        for part in text.split(separator: " ", omittingEmptySubsequences: false) {
            let halves = part.split(separator: ":", omittingEmptySubsequences: false)
            // A class is an Int16 in a row.
            guard halves.count == 2, !halves[0].isEmpty, let classes = Int(halves[1]), 1...Int(Int16.max) ~= classes,
                fields.count < maximumFields
            else {
                throw .metadata(
                    file: file, key: "continuo.fields",
                    reason: "\"\(text)\" is not one to \(maximumFields) name:classes with a space between")
            }
            fields.append(Field(String(halves[0]), classes: classes))
        }
        return fields
    }
}
