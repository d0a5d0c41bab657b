/// Model files that must not load.

/// A safetensors file in its parts, to be put together wrongly.
public struct RawModel: Sendable {
    public struct Tensor: Sendable {
        public var name: String
        public var type: String
        public var shape: String
        public var data: [UInt8]
        /// Instead of where the data lie.
        public var offsets: String?
    }

    public var metadata: [String: String]
    public var tensors: [Tensor]
    /// JSON to stand after the tensors.
    public var extra = ""
    /// What the file says of its header's length, instead of the truth.
    public var headerLength: @Sendable (Int) -> UInt64 = { UInt64($0) }

    public init(metadata: [String: String], tensors: [(name: String, shape: [Int], values: [Float])]) {
        self.metadata = metadata
        self.tensors = tensors.map { name, shape, values in
            Tensor(
                name: name, type: "F32", shape: shape.map(String.init).joined(separator: ","),
                data: values.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) }
                })
        }
    }

    public func bytes() -> [UInt8] {
        var (entries, data): ([String], [UInt8]) = ([], [])
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\"\($0.value)\"" }
            entries.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
        }
        for tensor in tensors {
            let place = tensor.offsets ?? "\(data.count),\(data.count + tensor.data.count)"
            entries.append(
                "\"\(tensor.name)\":{\"dtype\":\"\(tensor.type)\",\"shape\":[\(tensor.shape)],\"data_offsets\":[\(place)]}"
            )
            data += tensor.data
        }
        return safetensors("{\((entries + (extra.isEmpty ? [] : [extra])).joined(separator: ","))}", data, headerLength)
    }
}

/// A file of this header and these data.
public func safetensors(
    _ header: String, _ data: [UInt8] = [], _ length: (Int) -> UInt64 = { UInt64($0) }
) -> [UInt8] {
    let header = Array(header.utf8)
    let length = length(header.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + header + data
}

public struct HostileModel: Sendable {
    public let what: String
    public let bytes: [UInt8]
    /// A part of what the error must say.
    public let mentions: String
}

extension HostileModel {
    /// What can be wrong with the file of any network.
    /// - Parameter good: its file; the first tensor has two dimensions, the last one.
    public static func files(_ good: RawModel) -> [HostileModel] {
        let whole = good.bytes()
        func cut(_ what: String, _ bytes: [UInt8], _ mentions: String) -> HostileModel {
            HostileModel(what: what, bytes: bytes, mentions: mentions)
        }
        let damaged = changes.map { what, mentions, change in
            var raw = good
            change(&raw)
            return HostileModel(what: what, bytes: raw.bytes(), mentions: mentions)
        }
        return damaged + [
            cut("empty", [], "header length"),
            cut("half a length", Array(whole.prefix(5)), "header length"),
            cut("half a header", Array(whole.prefix(60)), "within the header"),
            cut("half of the data", Array(whole.dropLast(whole.count / 4)), "outside the file"),
            cut("a byte short", whole.dropLast(), "outside the file"),
            cut("a byte more", whole + [0], "bytes after"),
            cut("no header", safetensors(""), "'{'"),
            cut("not an object", safetensors("[]"), "'{'"),
            cut("a thousand levels", safetensors(String(repeating: "{\"a\":", count: 1000)), "\"a\""),
            cut("a hundred thousand lists", safetensors("{\"a\":" + String(repeating: "[", count: 100_000)), "'{'"),
            cut("another file's bytes", Array("MThd\0\0\0\u{6}\0\u{1}\0\u{1}".utf8), "a header of"),
        ]
    }

    private typealias Change = @Sendable (inout RawModel) -> Void

    private static let changes: [(what: String, mentions: String, change: Change)] = [
        // The header's length.
        ("header of 2⁶⁴−1 bytes", "header of 1844", { $0.headerLength = { _ in .max } }),
        ("header of 2⁶³ bytes", "header of 9223", { $0.headerLength = { _ in 1 << 63 } }),
        ("header above the limit", "header of 100000001", { $0.headerLength = { _ in 100_000_001 } }),
        ("header beyond the file", "within the header", { $0.headerLength = { UInt64($0) + 1_000_000 } }),
        ("header a byte short", "'}'", { $0.headerLength = { UInt64($0) - 1 } }),
        ("header into the data", "after the header", { $0.headerLength = { UInt64($0) + 1 } }),
        // Where the data lie.
        ("overlap", "overlaps", { $0.tensors[1].offsets = "0,\($0.tensors[1].data.count)" }),
        ("beyond the file", "outside", { $0.tensors[0].offsets = "4,\($0.tensors[0].data.count + 4)" }),
        ("far beyond", "outside", { $0.tensors[0].offsets = "9223372036854775800,9223372036854775804" }),
        ("too large an offset", "too large", { $0.tensors[0].offsets = "0,9223372036854775808" }),
        ("end before start", "overlaps", { $0.tensors[0].offsets = "8,4" }),
        ("negative offset", "integer", { $0.tensors[0].offsets = "-4,0" }),
        ("one offset", "two data_offsets", { $0.tensors[0].offsets = "0" }),
        ("no offset", "two data_offsets", { $0.tensors[0].offsets = "" }),
        ("a byte that belongs to no element", "does not fill", { $0.tensors[$0.tensors.count - 1].data += [0] }),
        // Shapes and types.
        (
            "another shape", "has shape",
            { $0.tensors[0].shape = $0.tensors[0].shape.split(separator: ",").reversed().joined(separator: ",") }
        ),
        ("one dimension more", "has shape", { $0.tensors[0].shape += ",1" }),
        (
            "a shape that overflows", "does not fill",
            { $0.tensors[0].shape = "4611686018427387904,4611686018427387904" }
        ),
        (
            "a shape that wraps to the truth", "does not fill",
            { $0.tensors[0].shape = "4611686018427387904,4," + $0.tensors[0].shape }
        ),
        ("a shape of nothing", "does not fill", { $0.tensors[0].shape = "0,4" }),
        ("a thousand dimensions", "more than 8", { $0.tensors[0].shape += String(repeating: ",1", count: 1000) }),
        ("a fraction", "']' was expected", { $0.tensors[0].shape = "1.5" }),
        ("whole numbers", "dtype I32", { $0.tensors[0].type = "I32" }),
        ("doubles", "dtype F64", { $0.tensors[0].type = "F64" }),
        ("no type", "dtype ", { $0.tensors[0].type = "" }),
        ("half as many bytes", "does not fill", { $0.tensors[0].type = "F16" }),
        // The tensors that there should be.
        ("a tensor missing", "missing", { $0.tensors.removeFirst() }),
        (
            "a tensor too many", "not part",
            { $0.tensors.append(.init(name: "more", type: "F32", shape: "", data: [0, 0, 0, 0])) }
        ),
        (
            "a name of a megabyte", "not part",
            { raw in
                let name = String(repeating: "n", count: 1_000_000)
                raw.tensors.append(.init(name: name, type: "F32", shape: "", data: [0, 0, 0, 0]))
            }
        ),
        ("a tensor of another name", "missing", { $0.tensors[0].name += "s" }),
        ("a tensor twice", "duplicate", { $0.tensors.append($0.tensors[0]) }),
        (
            "a tensor twice, written otherwise", "duplicate",
            { raw in
                raw.tensors.append(raw.tensors[0])
                raw.tensors[raw.tensors.count - 1].name = raw.tensors[0].name.replacing("e", with: "\\u0065")
            }
        ),
        (
            "not a number first", "element 0 is nan",
            { $0.tensors[0].data.replaceSubrange(0..<4, with: [0, 0, 0xC0, 0x7F]) }
        ),
        (
            "infinity last", "inf",
            { raw in
                let last = raw.tensors.count - 1
                raw.tensors[last].data.replaceSubrange(
                    raw.tensors[last].data.count - 4..<raw.tensors[last].data.count, with: [0, 0, 0x80, 0xFF])
            }
        ),
        (
            "half-precision infinity", "inf",
            { raw in
                raw.tensors[0].type = "F16"
                raw.tensors[0].data = (0..<raw.tensors[0].data.count / 2).map { $0 % 2 == 0 ? 0 : 0x7C }
            }
        ),
        // JSON.
        (
            "an unknown key", "unknown key",
            { $0.extra = "\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,0],\"x\":1}" }
        ),
        ("a list for a tensor", "'{'", { $0.extra = "\"a\":[]" }),
        ("a name that is no UTF-8 escape", "surrogate", { $0.tensors[0].name = "\\ud800" }),
        ("a name with a control character", "control", { $0.tensors[0].name = "\u{1}" }),
        ("a comma too many", "'\"'", { $0.extra = "\"x\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}," }),
        // Metadata.
        ("no metadata", "continuo.version\": missing", { $0.metadata = [:] }),
        ("nobody's metadata", "continuo.version\": missing", { $0.metadata = ["format": "pt"] }),
        ("a later version", "continuo.version\": \"4\"", { $0.metadata["continuo.version"] = "4" }),
        ("no representation", "continuo.representation\": missing", { $0.metadata["continuo.representation"] = nil }),
        ("fields that are none", "continuo.fields", { $0.metadata["continuo.fields"] = "shift" }),
        (
            "fields without end", "continuo.fields",
            { $0.metadata["continuo.fields"] = String(repeating: "a:1 ", count: 100_000) }
        ),
        (
            "more classes than a row holds", "continuo.fields",
            { $0.metadata["continuo.fields"] = "shift:9223372036854775807" }
        ),
        (
            "as many units as fit", "has shape",
            { raw in
                for key in ["hidden", "embedding", "head_width"] { raw.metadata["continuo.\(key)"] = "8192" }
            }
        ),
        ("more units than fit", "1…8192", { $0.metadata["continuo.hidden"] = "8193" }),
        ("2⁶⁴ units", "1…8192", { $0.metadata["continuo.hidden"] = "18446744073709551616" }),
        ("no layers", "1…16", { $0.metadata["continuo.layers"] = "0" }),
        ("a layer more", "missing", { $0.metadata["continuo.layers"] = "16" }),
    ]

    /// Files that are in order, of networks that cannot play.
    /// - Parameter good: of a network that plays.
    public static func strangers(_ good: RawModel) -> [HostileModel] {
        var other = good
        other.metadata["continuo.representation"] = "pianola"
        var renamed = good
        renamed.metadata["continuo.fields"] = renamed.metadata["continuo.fields"]!.replacing("key:", with: "keys:")
        return [
            HostileModel(what: "another representation", bytes: other.bytes(), mentions: "'pianola'"),
            HostileModel(what: "other fields", bytes: renamed.bytes(), mentions: "fields are not those"),
        ]
    }
}
