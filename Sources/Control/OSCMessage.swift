import Cliblo
import Glibc

/// One message of Open Sound Control 1.0, with the types that Continuo understands. Only this file knows liblo.
public struct OSCMessage: Equatable, Sendable {
    public enum Argument: Equatable, Sendable {
        case int(Int64)
        case float(Double)
        case string(String)
        /// Any other type, by its tag.
        case other(Character)
    }

    public var address: String
    public var arguments: [Argument]

    public init(_ address: String, _ arguments: [Argument] = []) {
        self.address = address
        self.arguments = arguments
    }
}

extension OSCMessage {
    /// The messages of a packet of any bytes, those of bundles included; what is malformed is left out. Time tags are not
    /// heeded: everything acts at once.
    public static func decode(_ packet: [UInt8]) -> [OSCMessage] {
        var messages: [OSCMessage] = []
        var waiting = [packet[...]]
        while let bytes = waiting.popLast() {
            if bytes.starts(with: bundleTag) {
                waiting += elements(ofBundle: bytes).reversed()
            } else if let message = OSCMessage(bytes) {
                messages.append(message)
            }
        }
        return messages
    }

    private static let bundleTag = Array("#bundle\0".utf8)

    /// OSC 1.0: "#bundle", an 8-byte time tag, then elements of a 4-byte big-endian size and as many bytes.
    private static func elements(ofBundle bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        var rest = bytes.dropFirst(16)
        var elements: [ArraySlice<UInt8>] = []
        while rest.count > 4 {
            let size = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(4)
            guard size <= rest.count else { break }
            elements.append(rest.prefix(size))
            rest = rest.dropFirst(size)
        }
        return elements
    }

    /// liblo checks sizes, terminators and padding, and refuses what does not fit.
    private init?(_ bytes: ArraySlice<UInt8>) {
        // liblo swaps the bytes of the arguments in its own copy, so this one stays as it is.
        guard
            let message = bytes.withUnsafeBytes({
                lo_message_deserialise(UnsafeMutableRawPointer(mutating: $0.baseAddress), $0.count, nil)
            })
        else { return nil }
        defer { lo_message_free(message) }
        let text = bytes.prefix { $0 != 0 }
        guard text.first == UInt8(ascii: "/"), let types = lo_message_get_types(message) else { return nil }
        address = String(decoding: text, as: UTF8.self)
        let values = lo_message_get_argv(message)
        arguments = (0..<Int(lo_message_get_argc(message))).map { index in
            Self.argument(UInt8(bitPattern: types[index]), values?[index].map { UnsafeRawPointer($0) })
        }
    }

    /// - Parameter value: in the byte order of this machine, aligned to 4 bytes only; nil for a type without data.
    private static func argument(_ type: UInt8, _ value: UnsafeRawPointer?) -> Argument {
        switch (Character(UnicodeScalar(type)), value) {
        case ("i", let value?): .int(Int64(value.loadUnaligned(as: Int32.self)))
        case ("h", let value?): .int(value.loadUnaligned(as: Int64.self))
        case ("f", let value?): .float(Double(value.loadUnaligned(as: Float.self)))
        case ("d", let value?): .float(value.loadUnaligned(as: Double.self))
        case ("s", let value?), ("S", let value?): .string(String(cString: value.assumingMemoryBound(to: CChar.self)))
        case ("T", _): .int(1)
        case ("F", _): .int(0)
        case (let other, _): .other(other)
        }
    }

    /// As a packet: integers in 32 bits, numbers in single precision. `other` arguments are left out.
    public func encoded() -> [UInt8] {
        let message = lo_message_new()
        defer { lo_message_free(message) }
        for argument in arguments {
            switch argument {
            case .int(let value): lo_message_add_int32(message, Int32(clamping: value))
            case .float(let value): lo_message_add_float(message, Float(value))
            case .string(let value): lo_message_add_string(message, value)
            case .other: break
            }
        }
        var size = 0
        guard let packet = lo_message_serialise(message, address, nil, &size) else { return [] }
        defer { free(packet) }
        return [UInt8](UnsafeRawBufferPointer(start: packet, count: size))
    }
}
