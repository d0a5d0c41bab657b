// Not real-time: the safetensors format, read.

import Files

/// A file of the safetensors format: 8 bytes of header length, a JSON header, the tensors back to back, little-endian. It is
/// read into memory and checked: every tensor lies within it, overlaps no other, and fits its shape.
public struct Safetensors: Sendable {
    /// The element types Continuo reads. It writes `f32` and `f16`.
    public enum ElementType: String, Sendable {
        case f32 = "F32"
        case f16 = "F16"
        case bf16 = "BF16"

        public var size: Int { self == .f32 ? 4 : 2 }
    }

    public struct Tensor: Equatable, Sendable {
        public let name: String
        public let type: ElementType
        public let shape: [Int]
        /// Bytes within the file.
        let range: Range<Int>
    }

    /// The reference implementation's limit.
    static let maximumHeader = 100_000_000

    public let metadata: [String: String]
    /// In the order of their bytes.
    public let tensors: [Tensor]
    /// FNV-1a, 64 bits, of the whole file: names a model in logs. No defence against forgery.
    public let hash: UInt64
    /// Bytes of the whole file.
    public var count: Int { bytes.count }
    private let bytes: [UInt8]
    private let file: String

    public init(contentsOf path: String) throws(ModelFileError) {
        let bytes: [UInt8]
        // Far above any model; below what would exhaust a small machine by accident.
        do throws(FileError) { bytes = try readFile(path, limit: 4 << 30) } catch {
            throw .unreadable(file: path, reason: error.reason)
        }
        try self.init(bytes: bytes, file: path)
    }

    /// - Parameter file: the name that errors give.
    public init(bytes: [UInt8], file: String) throws(ModelFileError) {
        func fault(_ byte: Int, _ reason: String) -> ModelFileError {
            .malformed(file: file, byte: byte, reason: reason)
        }
        guard bytes.count >= 8 else { throw fault(bytes.count, "the file ends within the header length") }
        let length = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[$1]) << (8 * UInt64($1)) }
        guard length <= UInt64(Self.maximumHeader) else { throw fault(0, "a header of \(length) bytes") }
        let data = 8 + Int(length)
        guard data <= bytes.count else {
            throw fault(bytes.count, "the file ends within the header of \(length) bytes")
        }
        var parser = HeaderParser(bytes, in: 8..<data, file: file)
        let (metadata, entries) = try parser.parse()

        var tensors: [Tensor] = []
        var next = 0
        for entry in entries.sorted(by: { ($0.start, $0.end) < ($1.start, $1.end) }) {
            guard let type = ElementType(rawValue: entry.type) else {
                throw fault(entry.byte, "tensor \"\(entry.name)\" has dtype \(entry.type), not F32, F16 or BF16")
            }
            // The format allows neither overlap nor holes, so each tensor begins where the last one ended.
            guard entry.start == next, entry.end >= entry.start, entry.end <= bytes.count - data else {
                throw fault(
                    entry.byte, "tensor \"\(entry.name)\" overlaps another, leaves a hole or lies outside the file")
            }
            guard Self.byteCount(entry.shape, type) == entry.end - entry.start else {
                throw fault(entry.byte, "tensor \"\(entry.name)\" of shape \(entry.shape) does not fill its bytes")
            }
            next = entry.end
            tensors.append(
                Tensor(name: entry.name, type: type, shape: entry.shape, range: data + entry.start..<data + entry.end))
        }
        guard data + next == bytes.count else { throw fault(data + next, "bytes after the last tensor") }
        self.metadata = metadata
        self.tensors = tensors
        self.hash = Self.fnv1a(bytes)
        self.bytes = bytes
        self.file = file
    }

    /// nil when the product overflows.
    private static func byteCount(_ shape: [Int], _ type: ElementType) -> Int? {
        var count = type.size
        for extent in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: extent)
            if overflow { return nil }
            count = product
        }
        return count
    }

    /// All elements, row-major. Throws when one is not finite.
    public func values(of tensor: Tensor) throws(ModelFileError) -> [Float] {
        let count = tensor.range.count / tensor.type.size
        let values = bytes.withUnsafeBytes { bytes in
            let data = UnsafeRawBufferPointer(rebasing: bytes[tensor.range])
            return switch tensor.type {
            case .f32: (0..<count).map { Float(bitPattern: data.littleEndian($0)) }
            case .f16: (0..<count).map { HalfPrecision.float(data.littleEndian($0)) }
            // The upper half of an F32.
            case .bf16: (0..<count).map { Float(bitPattern: UInt32(data.littleEndian($0) as UInt16) << 16) }
            }
        }
        if let index = values.firstIndex(where: { !$0.isFinite }) {
            throw .tensor(file: file, name: tensor.name, reason: "element \(index) is \(values[index])")
        }
        return values
    }

    static func fnv1a(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}

extension UnsafeRawBufferPointer {
    /// The element at `index` of an array that need not be aligned.
    fileprivate func littleEndian<Bits: FixedWidthInteger>(_ index: Int) -> Bits {
        Bits(littleEndian: loadUnaligned(fromByteOffset: index * MemoryLayout<Bits>.size, as: Bits.self))
    }
}
