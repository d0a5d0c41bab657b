import Cliblo
import Glibc

/// One message of Open Sound Control 1.0, with the types that Continuo understands. An array is its elements. Only this file
/// knows liblo.
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

/// Why a packet is not OSC 1.0. The text goes to the user as it stands.
public struct OSCError: Error, Equatable, CustomStringConvertible {
    public enum Fault: String, Sendable {
        case address = "the address is no OSC string that begins with '/'"
        case noTypes = "the type tags are missing"
        case types = "the type tags are no OSC string"
        case array = "an array that does not end, or has not begun"
        case comma = "the type tags do not begin with ',', and without them nobody knows what the arguments are"
        case argument = "an argument is damaged, or of a type that OSC does not know"
        case blob = "a blob, which nothing here takes"
        case size = "its size is not that of its arguments"
        case bundle = "the size of a bundle's element is not what follows"
        case time = "the time tag of a bundle is cut off"
        case memory = "no memory for it"
    }

    public let fault: Fault
    /// Where the message or element at fault begins in the packet.
    public let byte: Int

    public var description: String {
        "not OSC 1.0, from byte \(byte) on: \(fault.rawValue); nothing of the packet is done"
    }
}

extension OSCMessage {
    /// The messages of a packet of any bytes, those of bundles included; of a packet with a fault anywhere, none: whoever
    /// sends a bundle wants all of it. Time tags are not heeded: everything acts at once.
    public static func decode(_ packet: [UInt8]) throws(OSCError) -> [OSCMessage] {
        var messages: [OSCMessage] = []
        // Not recursive: 64 KB hold a bundle in a bundle three thousand times.
        var waiting = [packet[...]]
        while let bytes = waiting.popLast() {
            if bytes.starts(with: bundleTag) {
                waiting += try elements(ofBundle: bytes).reversed()
            } else {
                messages.append(try OSCMessage(bytes))
            }
        }
        return messages
    }

    private static let bundleTag = Array("#bundle\0".utf8)

    /// OSC 1.0: "#bundle", an 8-byte time tag, then elements of a 4-byte big-endian size and as many bytes.
    private static func elements(ofBundle bytes: ArraySlice<UInt8>) throws(OSCError) -> [ArraySlice<UInt8>] {
        guard bytes.count >= 16 else { throw OSCError(fault: .time, byte: bytes.startIndex) }
        var rest = bytes.dropFirst(16)
        var elements: [ArraySlice<UInt8>] = []
        while !rest.isEmpty {
            let size = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            guard rest.count >= 4, size <= rest.count - 4 else { throw OSCError(fault: .bundle, byte: rest.startIndex) }
            elements.append(rest.dropFirst(4).prefix(size))
            rest = rest.dropFirst(4 + size)
        }
        return elements
    }

    /// liblo checks sizes, terminators and padding, and refuses what does not fit.
    private init(_ bytes: ArraySlice<UInt8>) throws(OSCError) {
        guard bytes.first == UInt8(ascii: "/") else {
            throw OSCError(fault: bytes.isEmpty ? .size : .address, byte: bytes.startIndex)
        }
        let typesStart = bytes.startIndex + (bytes.prefix { $0 != 0 }.count / 4 + 1) * 4
        var packet = Array(bytes)
        if typesStart == bytes.endIndex && bytes.last == 0 {
            // Old senders leave the type tags out where there are no arguments.
            packet += [UInt8(ascii: ","), 0, 0, 0]
        } else if typesStart < bytes.endIndex, bytes[typesStart] == UInt8(ascii: ",") {
            packet = try Self.plain(bytes, typesAt: typesStart)
        }
        var code: Int32 = 0
        // liblo swaps the bytes of the arguments in its own copy, so this one stays as it is.
        let message = packet.withUnsafeBytes {
            lo_message_deserialise(UnsafeMutableRawPointer(mutating: $0.baseAddress), $0.count, &code)
        }
        guard let message, let types = lo_message_get_types(message) else {
            throw OSCError(fault: Self.fault(code), byte: bytes.startIndex)
        }
        defer { lo_message_free(message) }
        address = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        let values = lo_message_get_argv(message)
        arguments = (0..<Int(lo_message_get_argc(message))).map { index in
            Self.argument(UInt8(bitPattern: types[index]), values?[index].map { UnsafeRawPointer($0) })
        }
    }

    /// The message without what liblo cannot be given: the brackets of arrays, which have no data, are left out, and a blob is
    /// refused, since liblo 0.31 to 0.36 read its size even where the packet has ended before it.
    private static func plain(_ bytes: ArraySlice<UInt8>, typesAt start: Int) throws(OSCError) -> [UInt8] {
        let types = bytes[start...].prefix { $0 != 0 }
        let dataStart = start + (types.count / 4 + 1) * 4
        guard !types.contains(UInt8(ascii: "b")) else { throw OSCError(fault: .blob, byte: bytes.startIndex) }
        let (begin, end) = (UInt8(ascii: "["), UInt8(ascii: "]"))
        // What is no string liblo refuses.
        guard types.contains(begin) || types.contains(end), dataStart <= bytes.endIndex,
            bytes[(start + types.count)..<dataStart].allSatisfy({ $0 == 0 })
        else { return Array(bytes) }
        var depth = 0
        for type in types {
            depth += type == begin ? 1 : type == end ? -1 : 0
            guard depth >= 0 else { throw OSCError(fault: .array, byte: bytes.startIndex) }
        }
        guard depth == 0 else { throw OSCError(fault: .array, byte: bytes.startIndex) }
        let rest = types.filter { $0 != begin && $0 != end }
        return bytes[..<start] + rest + [UInt8](repeating: 0, count: 4 - rest.count % 4) + bytes[dataStart...]
    }

    private static func fault(_ code: Int32) -> OSCError.Fault {
        switch code {
        case LO_EINVALIDPATH: .address
        case LO_ENOTYPE: .noTypes
        case LO_EINVALIDTYPE: .types
        case LO_EBADTYPE: .comma
        case LO_EINVALIDARG: .argument
        case LO_EALLOC: .memory
        default: .size
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

    /// As a packet: integers in 32 bits where they fit, numbers in single precision. `other` arguments are left out.
    public func encoded() -> [UInt8] {
        let message = lo_message_new()
        defer { lo_message_free(message) }
        for argument in arguments {
            switch argument {
            case .int(let value):
                if let short = Int32(exactly: value) {
                    lo_message_add_int32(message, short)
                } else {
                    lo_message_add_int64(message, value)
                }
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
