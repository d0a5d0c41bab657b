/// OSC packets that must do nothing but be answered with an error.

/// An OSC string: terminated, and padded to four bytes.
public func osc(_ text: String) -> [UInt8] { Array(text.utf8) + [UInt8](repeating: 0, count: 4 - text.utf8.count % 4) }

public func i32(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }

public func f32(_ value: Float) -> [UInt8] { i32(Int(value.bitPattern)) }

public func f64(_ value: Double) -> [UInt8] {
    let bits = value.bitPattern
    return i32(Int(bits >> 32)) + i32(Int(bits & 0xFFFF_FFFF))
}

/// With a time tag that means "at once".
public func bundle(_ elements: [UInt8]...) -> [UInt8] {
    osc("#bundle") + i32(0) + i32(1) + elements.flatMap { i32($0.count) + $0 }
}

public struct HostilePacket: Sendable {
    public let what: String
    public let bytes: [UInt8]
    /// A part of what the error must say.
    public let mentions: String

    fileprivate init(_ what: String, _ bytes: [UInt8], _ mentions: String) {
        (self.what, self.bytes, self.mentions) = (what, bytes, mentions)
    }
}

extension HostilePacket {
    public static let all = malformed + meaningless

    /// The longest datagram that UDP carries.
    public static let longest = 65_507

    private static func message(_ name: String, _ types: String, _ arguments: [UInt8] = []) -> [UInt8] {
        osc("/continuo" + name) + osc("," + types) + arguments
    }

    /// Would change something if it were carried out.
    private static let change = message("/param/patience", "f", f32(0))

    private static func nested(_ depth: Int, _ core: [UInt8]) -> [UInt8] {
        (0..<depth).reduce(core) { core, _ in bundle(core) }
    }

    /// Not OSC: every class of error that liblo tells, and those of bundles.
    public static let malformed: [HostilePacket] = [
        HostilePacket("a zero", [0], "address"),
        HostilePacket("an address without end", [0x2F, 0x61], "address"),
        HostilePacket("an address without padding", [0x2F, 0x61, 0x62, 0x63, 0x64, 0], "address"),
        HostilePacket("an address padded with text", [0x2F, 0x61, 0, 0x62] + osc(","), "address"),
        HostilePacket("an address without '/'", osc("a") + osc(","), "address"),
        HostilePacket("64 KB of nothing", [UInt8](repeating: 0, count: longest), "address"),
        HostilePacket("64 KB of an address", [UInt8](repeating: 0x2F, count: longest), "address"),
        HostilePacket("types without end", osc("/continuo/ping") + [0x2C, 0x69], "type tags are no"),
        HostilePacket("types without ','", osc("/continuo/takeover") + osc("i") + i32(1), "','"),
        HostilePacket("an argument without types", osc("/continuo/param/patience") + f32(1), "','"),
        HostilePacket("an argument short", message("/set", "sf", osc("patience")), "argument"),
        HostilePacket("half an argument", message("/param/patience", "f", [0, 0]), "argument"),
        HostilePacket("60,000 arguments short", message("/set", String(repeating: "i", count: 60_000)), "argument"),
        HostilePacket("a string without end", message("/get", "s", [65, 65, 65, 65]), "argument"),
        HostilePacket("a blob of size -1", message("/set", "b", i32(-1)), "blob"),
        HostilePacket("a blob of 2 GB", message("/set", "b", i32(0x7FFF_FFFF) + [0, 0, 0, 0]), "blob"),
        HostilePacket("a blob of size -4", message("/set", "b", i32(-4) + [0, 0, 0, 0]), "blob"),
        HostilePacket(
            "a blob with a byte more than is there", message("/set", "b", i32(5) + [1, 2, 3, 4]), "blob"),
        HostilePacket("a blob without size", message("/set", "b"), "blob"),
        HostilePacket("a blob after a text", message("/set", "sb", osc("patience")), "blob"),
        HostilePacket("a type that is none", message("/param/patience", "q", i32(1)), "argument"),
        HostilePacket("an array without end", message("/param/patience", "[f", f32(1)), "array"),
        HostilePacket("an array without beginning", message("/param/patience", "f]", f32(1)), "array"),
        HostilePacket("an array inside out", message("/param/patience", "]f[", f32(1)), "array"),
        HostilePacket("20,000 arrays without end", message("/ping", String(repeating: "[", count: 20_000)), "array"),
        HostilePacket("an array short", message("/param/patience", "[f]"), "argument"),
        HostilePacket("an array with a blob", message("/param/patience", "[b]", i32(-1)), "blob"),
        HostilePacket("an argument too many", change + i32(1), "size"),
        HostilePacket("a bundle without time", osc("#bundle"), "time tag"),
        HostilePacket("a bundle with half a time", osc("#bundle") + i32(0), "time tag"),
        HostilePacket("a bundle with half a size", bundle(change) + [0, 0, 0], "element"),
        HostilePacket("a bundle with an element cut off", bundle(change) + i32(999) + change, "element"),
        HostilePacket("a bundle with an element of size -1", bundle(change) + i32(-1) + change, "element"),
        HostilePacket("a bundle with an empty element", bundle(change, []), "size"),
        HostilePacket("a bundle that contains itself", bundle(change) + i32(52) + bundle(change), "element"),
        HostilePacket(
            "a good message before a bad one", bundle(change, osc("/continuo/ping") + osc("i")), "','"),
        HostilePacket(
            "a bad message before a good one", bundle(osc("/continuo/ping") + osc("i"), change), "','"),
        HostilePacket("3,000 bundles in each other", nested(3000, [0]), "address"),
        HostilePacket(
            "13,000 empty elements", osc("#bundle") + i32(0) + i32(1) + [UInt8](repeating: 0, count: 52_000), "size"),
    ]

    /// OSC, but nothing that Continuo could do.
    public static let meaningless: [HostilePacket] = [
        HostilePacket("an address that is none", message("/nonsense", ""), "no address"),
        HostilePacket("an empty address", message("/", ""), "no address"),
        HostilePacket("an address of old", message("/stop", ""), "no address"),
        HostilePacket("60 KB of an address", message("/" + String(repeating: "x", count: 60_000), ""), "no address"),
        HostilePacket("a pattern that fits nothing", message("/param/x*", "f", f32(1)), "no address"),
        HostilePacket("a pattern that does not end", message("/param/[a-z", "f", f32(1)), "no address"),
        HostilePacket("words that do not end", message("/param/{patience,hold", "f", f32(1)), "no address"),
        HostilePacket("a '*' for two names", message("/param*seed", "f", f32(1)), "no address"),
        HostilePacket("60 KB of a pattern", message("/" + String(repeating: "*", count: 60_000), ""), "no address"),
        HostilePacket(
            "a pattern with 300 choices", message("/" + String(repeating: "*{a,}[!b]", count: 100) + "x", ""),
            "no address"),
        HostilePacket("no parameter", message("/param/speed", "f", f32(1)), "no parameter 'speed'"),
        HostilePacket("no name", message("/param/", "f", f32(1)), "no parameter ''"),
        HostilePacket("a text for a number", message("/param/patience", "s", osc("600")), "not the text"),
        HostilePacket("a blob for a number", message("/param/patience", "b", i32(4) + f32(1)), "blob"),
        HostilePacket("60 KB of blob", message("/param/seed", "b", i32(60_000) + zeros(60_000)), "blob"),
        HostilePacket("nil for a number", message("/set", "sN", osc("patience")), "takes the name"),
        HostilePacket("infinity's own type", message("/set", "sI", osc("patience")), "takes the name"),
        HostilePacket("a time for a number", message("/param/patience", "t", zeros(8)), "takes a number"),
        HostilePacket("MIDI for a number", message("/param/patience", "m", zeros(4)), "takes a number"),
        HostilePacket("two numbers", message("/param/patience", "ff", f32(1) + f32(2)), "takes a number"),
        HostilePacket("too much", message("/param/patience", "f", f32(20_000)), "takes 0…10000 ms, not 20000"),
        HostilePacket("too little", message("/param/patience", "f", f32(-1)), "takes 0…10000 ms"),
        HostilePacket("NaN", message("/param/patience", "f", f32(.nan)), "takes 0…10000 ms"),
        HostilePacket("infinity", message("/param/patience", "f", f32(.infinity)), "takes 0…10000 ms"),
        HostilePacket("-infinity", message("/param/entry", "f", f32(-.infinity)), "takes -1…2000 ms"),
        HostilePacket("double NaN", message("/set", "sd", osc("seed") + f64(.nan)), "takes 0…16777215"),
        HostilePacket("double infinity", message("/set", "sd", osc("seed") + f64(.infinity)), "takes 0…16777215"),
        HostilePacket("more than a float", message("/set", "sd", osc("seed") + f64(1e300)), "takes 0…16777215"),
        HostilePacket("2⁶³−1", message("/param/seed", "h", [0x7F] + [UInt8](repeating: 0xFF, count: 7)), "takes 0…"),
        HostilePacket("too much when it is rounded", message("/param/polyphony", "f", f32(64.5)), "takes 0…64 notes"),
        HostilePacket(
            "too little when it is rounded", message("/param/polyphony", "f", f32(-0.75)), "takes 0…64 notes"),
        HostilePacket("two for a truth", message("/param/auto", "i", i32(2)), "0 or 1"),
        HostilePacket("set without name", message("/set", "f", f32(1)), "name of a parameter"),
        HostilePacket("set without number", message("/set", "s", osc("patience")), "name of a parameter"),
        HostilePacket("set of no parameter", message("/set", "sf", osc("speed") + f32(1)), "no parameter"),
        HostilePacket("get of nothing", message("/get", ""), "name of a parameter"),
        HostilePacket("an escape sequence", message("/get", "s", osc("a\u{1b}b")), "no parameter 'a?b'"),
        HostilePacket("no UTF-8", message("/get", "s", [0xFF, 0xFE, 0x80, 0]), "no parameter"),
        HostilePacket(
            "60 KB of a name", message("/get", "s", osc(String(repeating: "n", count: 60_000))), "no parameter"),
        HostilePacket("ping with more", message("/ping", "i", i32(1)), "no argument"),
        HostilePacket(
            "ping with 60,000 truths", message("/ping", String(repeating: "T", count: 60_000)), "no argument"),
        HostilePacket("a command and a text", message("/takeover", "s", osc("now")), "no argument"),
        HostilePacket("a command and NaN", message("/takeover", "f", f32(.nan)), "no argument"),
        HostilePacket("a command and infinity", message("/panic", "d", f64(.infinity)), "no argument"),
        HostilePacket(
            "answers to somebody else", message("/ping", "s", osc("osc.udp://192.0.2.1:9401")), "no answers go to"),
        HostilePacket("answers to no port", message("/ping", "s", osc("osc.udp://:0")), "no answers go to"),
        HostilePacket("answers to port 65,536", message("/ping", "s", osc("osc.udp://:65536")), "no answers go to"),
        HostilePacket("answers to a name", message("/ping", "s", osc("osc.udp://a.example:9401")), "no answers go to"),
        HostilePacket("a preset elsewhere", message("/preset/load", "s", osc("../x")), "preset"),
        HostilePacket("a preset of the system", message("/preset/load", "s", osc("/etc")), "preset"),
        HostilePacket("a preset without name", message("/preset/load", "s", osc("")), "preset"),
        HostilePacket("a preset that is none", message("/preset/load", "s", osc("nobody")), "no preset 'nobody'"),
        HostilePacket("a preset that is no name", message("/preset/load", "b", i32(0)), "blob"),
    ]

    private static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }
}
