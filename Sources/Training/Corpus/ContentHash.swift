import Random

/// A 64-bit hash of contents: it tells files apart and finds damage. No defence against forgery, which is why tokens
/// from a file are checked besides.
struct ContentHash {
    private(set) var value: UInt64 = 0

    mutating func add(_ number: UInt64) { value = mixed(value ^ number) }

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        let words = bytes.count / 8
        for i in 0..<words { add(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * i, as: UInt64.self))) }
        var tail: UInt64 = 0
        for byte in bytes[(8 * words)...] { tail = tail << 8 | UInt64(byte) }
        add(tail)
        add(UInt64(bytes.count))
    }

    mutating func add(_ text: String) {
        var text = text
        text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
    }

    static func of(_ bytes: [UInt8]) -> UInt64 {
        var hash = ContentHash()
        bytes.withUnsafeBytes { hash.add($0) }
        return hash.value
    }
}
