// Not real-time: the safetensors format, written.

import Files

// The same content gives the same bytes.

extension Safetensors {
    /// A tensor to write: row-major values, `shape`'s product of them.
    public struct Source {
        public let name: String
        public let shape: [Int]
        public let values: ArraySlice<Float>

        public init(name: String, shape: [Int], values: ArraySlice<Float>) {
            precondition(shape.reduce(1, *) == values.count, "\(name): \(values.count) values for the shape \(shape)")
            self.name = name
            self.shape = shape
            self.values = values
        }
    }

    /// Writes a temporary file beside `path`, syncs and renames it. Names must differ. Throws when a value is not
    /// finite in `type` (half precision ends at 65504).
    /// - Returns: the hash that reading the file gives.
    @discardableResult
    public static func write(
        _ tensors: [Source], metadata: [String: String] = [:], as type: ElementType, to path: String
    ) throws(ModelFileError) -> UInt64 {
        let header = Array(header(tensors, metadata, type).utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 + header.count + tensors.reduce(0) { $0 + $1.values.count } * type.size)
        for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: header.count >> shift)) }
        bytes += header
        for tensor in tensors {
            if let index = tensor.values.firstIndex(where: { !isFinite($0, as: type) }) {
                let place = index - tensor.values.startIndex
                throw .tensor(
                    file: path, name: tensor.name,
                    reason: "element \(place), \(tensor.values[index]), is not finite as \(type.rawValue)")
            }
            append(tensor.values, as: type, to: &bytes)
        }
        do throws(FileError) { try writeAtomically(bytes, to: path) } catch {
            throw .unwritable(file: path, reason: error.reason)
        }
        return fnv1a(bytes)
    }

    private static func isFinite(_ value: Float, as type: ElementType) -> Bool {
        type == .f16 ? HalfPrecision.bits(value) & 0x7C00 != 0x7C00 : value.isFinite
    }

    private static func append(_ values: ArraySlice<Float>, as type: ElementType, to bytes: inout [UInt8]) {
        for value in values {
            let bits: UInt32 =
                switch type {
                case .f32: value.bitPattern
                case .f16: UInt32(HalfPrecision.bits(value))
                case .bf16: preconditionFailure("Continuo writes F32 and F16")
                }
            bytes.append(UInt8(truncatingIfNeeded: bits))
            bytes.append(UInt8(truncatingIfNeeded: bits >> 8))
            if type == .f32 {
                bytes.append(UInt8(truncatingIfNeeded: bits >> 16))
                bytes.append(UInt8(truncatingIfNeeded: bits >> 24))
            }
        }
    }

    /// Padded with spaces to a multiple of 8 bytes, so that mapped tensors are aligned.
    private static func header(_ tensors: [Source], _ metadata: [String: String], _ type: ElementType) -> String {
        var members: [String] = []
        if !metadata.isEmpty {
            let entries = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
            members.append("\"__metadata__\":{\(entries.joined(separator: ","))}")
        }
        var start = 0
        for tensor in tensors {
            let end = start + tensor.values.count * type.size
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            members.append(
                "\(quoted(tensor.name)):{\"dtype\":\"\(type.rawValue)\",\"shape\":[\(shape)],\"data_offsets\":[\(start),\(end)]}"
            )
            start = end
        }
        let header = "{\(members.joined(separator: ","))}"
        return header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\0"..<" ":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
