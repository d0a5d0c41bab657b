import Glibc
import Hostile
import Instrument
import OSC
import Performer
import Presets
import Synchronization
import Testing

/// An instrument that remembers what it was asked.
final class Puppet: ControlTarget {
    struct State {
        var values = ParameterValues()
        var commands: [Command] = []
    }

    let state = Mutex(State())

    func value(of parameter: Parameter) -> Float { state.withLock { $0.values[parameter] } }
    func set(_ parameter: Parameter, to value: Float) throws(ControlError) {
        state.withLock { $0.values[parameter] = value }
    }
    func command(_ command: Command) throws(ControlError) { state.withLock { $0.commands.append(command) } }
    func loadPreset(named name: String) throws(ControlError) -> String {
        if name != "night" { throw .noPreset(name, searched: ["/presets"]) }
        return "Nocturne"
    }
    func presets() -> [PresetSummary] { [PresetSummary("night", "Slow and soft"), PresetSummary("noon", "")] }
    func status() -> [Figure] {
        [Figure("xruns", .whole(3)), Figure("latency", .number(0.5)), Figure("preset", .text("Nocturne"))]
    }
}

/// A UDP socket on 127.0.0.1 that speaks OSC bytes written out by hand.
final class Wire {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    let port: UInt16

    /// - Parameters:
    ///   - host: all of 127.0.0.0/8 are of this machine.
    ///   - patience: seconds until `receive` gives up.
    init(_ host: String = "127.0.0.1", patience: Int = 10) {
        var address = Self.address(0, of: host)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let socket = self.socket
        port = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, size)
                getsockname(socket, $0, &size)
            }
            return UInt16(bigEndian: $0.pointee.sin_port)
        }
        var timeout = timeval(tv_sec: patience, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(socket) }

    static func address(_ port: UInt16, of host: String = "127.0.0.1") -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr(host)
        return address
    }

    func send(_ bytes: [UInt8], to port: UInt16) {
        var address = Self.address(port)
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = sendto(socket, bytes, bytes.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }

    /// Nil after seconds of silence.
    func receive() -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 65536)
        let size = recv(socket, &bytes, bytes.count, 0)
        return size < 0 ? nil : Array(bytes[..<size])
    }

    /// What comes, if it is a message.
    func hear() -> OSCMessage? { receive().flatMap { try? OSCMessage.decode($0).first } }

    /// One message and its one answer.
    func ask(_ port: UInt16, _ message: [UInt8]) -> OSCMessage? {
        send(message, to: port)
        return hear()
    }
}

@Suite struct OSCMessageTests {
    @Test func isWhatTheSpecificationSays() throws {
        // The second example of the OSC 1.0 specification, with the blob-free types.
        let bytes = osc("/foo") + osc(",iisff") + i32(1000) + i32(-1) + osc("hello") + f32(1.234) + f32(5.678)
        let message = OSCMessage(
            "/foo",
            [.int(1000), .int(-1), .string("hello"), .float(Double(Float(1.234))), .float(Double(Float(5.678)))])
        #expect(try OSCMessage.decode(bytes) == [message])
        var other = message
        other.arguments[1] = .int(-1)
        #expect(try OSCMessage.decode(message.encoded()) == [message] && message.encoded().count == 40)
        // What 32 bits cannot hold is not cut off: a counter of weeks.
        let long = OSCMessage("/long", [.int(1 << 33), .int(7)])
        #expect(try OSCMessage.decode(long.encoded()) == [long])
    }

    @Test func readsBundlesAndOddTypes() throws {
        let one = osc("/a") + osc(",TFd") + i32(0x3ff8_0000) + i32(0)
        let two = osc("/b") + osc(",h") + i32(1) + i32(2)
        let tag: [UInt8] = osc("#bundle") + i32(0) + i32(1)
        let inner = tag + i32(two.count) + two
        let elements: [UInt8] = i32(one.count) + one + i32(inner.count) + inner
        #expect(
            try OSCMessage.decode(tag + elements) == [
                OSCMessage("/a", [.int(1), .int(0), .float(1.5)]), OSCMessage("/b", [.int(1 << 32 | 2)]),
            ])
    }
}

@Suite struct OSCServerTests {
    /// Runs the body with a server on a free port.
    func served(_ body: (UInt16, Puppet, Wire) throws -> Void) throws {
        let instrument = Puppet()
        let server = try OSCServer(port: 0, target: instrument, version: "1.2.3")
        defer { server.stop() }
        try body(server.port, instrument, Wire())
    }

    static func reply(_ arguments: OSCMessage.Argument...) -> OSCMessage { OSCMessage("/continuo/reply", arguments) }

    @Test func answersEachAddress() throws {
        try served { port, instrument, wire in
            #expect(
                wire.ask(port, osc("/continuo/ping") + osc(","))
                    == Self.reply(.string("/continuo/ping"), .string("1.2.3")))
            #expect(
                wire.ask(port, osc("/continuo/get") + osc(",s") + osc("patience"))
                    == Self.reply(.string("/continuo/get"), .string("patience"), .float(1500)))
            #expect(
                wire.ask(port, osc("/continuo/set") + osc(",sf") + osc("patience") + f32(400))
                    == Self.reply(.string("/continuo/set"), .string("patience"), .float(400)))
            #expect(
                wire.ask(port, osc("/continuo/param/top-p-key") + osc(",f") + f32(0.5))
                    == Self.reply(.string("/continuo/param/top-p-key"), .float(0.5)))
            #expect(
                wire.ask(port, osc("/continuo/param/polyphony") + osc(",i") + i32(7))
                    == Self.reply(.string("/continuo/param/polyphony"), .float(7)))
            #expect(
                wire.ask(port, osc("/continuo/param/thru") + osc(",F"))
                    == Self.reply(.string("/continuo/param/thru"), .float(0)))
            wire.send(osc("/continuo/presets") + osc(","), to: port)
            for expected in [
                Self.reply(.string("/continuo/presets"), .string("night"), .string("Slow and soft")),
                Self.reply(.string("/continuo/presets"), .string("noon"), .string("")),
                Self.reply(.string("/continuo/presets")),
            ] { #expect(wire.hear() == expected) }
            #expect(
                wire.ask(port, osc("/continuo/preset/load") + osc(",s") + osc("night"))
                    == Self.reply(.string("/continuo/preset/load"), .string("Nocturne")))
            for name in ["takeover", "yield", "panic", "reset"] {
                #expect(wire.ask(port, osc("/continuo/\(name)") + osc(",")) == Self.reply(.string("/continuo/\(name)")))
            }
            #expect(
                wire.ask(port, osc("/continuo/yield") + osc(",f") + f32(0)) == Self.reply(.string("/continuo/yield")))
            let state = instrument.state.withLock { $0 }
            #expect(state.commands == [.takeover, .yield, .panic, .reset])
            #expect(state.values[.patience] == 400 && state.values[.topPKey] == 0.5 && state.values[.polyphony] == 7)
        }
    }

    @Test func listsEndWithAnEmptyReply() throws {
        try served { port, instrument, wire in
            func list(_ address: String) -> [OSCMessage] {
                var messages = [wire.ask(port, osc(address) + osc(","))].compactMap(\.self)
                while let last = messages.last, last.arguments.count > 1, let bytes = wire.receive() {
                    messages += (try? OSCMessage.decode(bytes)) ?? []
                }
                return messages
            }
            #expect(
                list("/continuo/status") == [
                    Self.reply(.string("/continuo/status"), .string("xruns"), .int(3)),
                    Self.reply(.string("/continuo/status"), .string("latency"), .float(0.5)),
                    Self.reply(.string("/continuo/status"), .string("preset"), .string("Nocturne")),
                    Self.reply(.string("/continuo/status")),
                ])
            let parameters = list("/continuo/list")
            #expect(parameters.count == Parameter.allCases.count + 1)
            let patience = Parameter.patience.declaration
            #expect(
                parameters[Parameter.patience.rawValue]
                    == Self.reply(
                        .string("/continuo/list"), .string("patience"), .float(1500), .float(0), .float(10_000),
                        .float(1500),
                        .string("ms"), .string(patience.sentence)))
        }
    }

    @Test(arguments: HostilePacket.all.indices) func saysWhatIsWrongAndDoesNothing(_ index: Int) throws {
        let packet = HostilePacket.all[index]
        try served { port, instrument, wire in
            let answer = wire.ask(port, packet.bytes)
            guard answer?.address == "/continuo/error", case .string(let text)? = answer?.arguments.last else {
                Issue.record("\(packet.what): \(String(describing: answer)) instead of '\(packet.mentions)'")
                return
            }
            #expect(text.contains(packet.mentions) && text.utf8.count < 500, "\(packet.what): \(text)")
            // One answer to one fault, and then nothing but what is asked.
            #expect(wire.ask(port, osc("/continuo/ping") + osc(","))?.arguments.last == .string("1.2.3"))
            let state = instrument.state.withLock { $0 }
            #expect(state.commands == [] && Parameter.allCases.allSatisfy { state.values[$0] == ParameterValues()[$0] })
        }
    }

    @Test func aFaultSaysWhereItIs() throws {
        let inner = bundle(osc("/continuo/ping") + osc(","), osc("/x") + osc("i"))
        for (packet, fault, byte) in [
            (bundle(inner), .comma, 16 + 4 + 16 + 4 + 20 + 4), ([], .size, 0),
        ] as [([UInt8], OSCError.Fault, Int)] {
            do throws(OSCError) {
                _ = try OSCMessage.decode(packet)
                Issue.record("decoded")
            } catch { #expect(error.fault == fault && error.byte == byte) }
        }
    }

    /// 20,000 packets, damaged at random, without a pause longer than their reading takes.
    @Test func survivesRandomPackets() throws {
        try served { port, instrument, wire in
            var damage = Damage(seed: 1)
            let seeds = HostilePacket.all.map(\.bytes).filter { $0.count < 200 }
            for round in 0..<20_000 {
                wire.send(
                    round % 4 == 0 ? damage.bytes(0...100) : damage.damaged(seeds.randomElement(using: &damage)!),
                    to: port)
                // Often enough that the server's buffer loses none; a fresh socket hears no answer but its own.
                if round % 50 == 49 {
                    let pong = Self.reply(.string("/continuo/ping"), .string("1.2.3"))
                    #expect(Wire().ask(port, osc("/continuo/ping") + osc(",")) == pong)
                }
            }
        }
    }

    /// Faster than it reads: what does not fit is lost, as UDP is, and then it answers as ever.
    @Test func survivesAFlood() throws {
        try served { port, _, wire in
            let longest = HostilePacket.all.map(\.bytes).filter { $0.count > 50_000 }
            for round in 0..<1000 { wire.send(longest[round % longest.count], to: port) }
            let answers = (0..<100).contains { _ in
                Wire().ask(port, osc("/continuo/ping") + osc(","))
                    == Self.reply(.string("/continuo/ping"), .string("1.2.3"))
            }
            #expect(answers)
        }
    }

    @Test func listensOnTheLoopbackOnlyAndAlone() throws {
        try served { port, _, _ in
            #expect(throws: OSCSocketError.self) { try OSCServer(port: port, target: Puppet(), version: "") }
            let table = String(decoding: contents(of: "/proc/net/udp"), as: UTF8.self)
            let found = table.split(separator: "\n").compactMap { line in
                let words = line.split(separator: " ")
                return words.count > 1 && words[1].hasSuffix(":" + hexadecimal(port)) ? String(words[1]) : nil
            }
            #expect(found == ["0100007F:" + hexadecimal(port)])
        }
    }

    @Test func listensElsewhereIfToldTo() throws {
        let server = try OSCServer(address: "0.0.0.0", port: 0, target: Puppet(), version: "1.2.3")
        defer { server.stop() }
        let table = String(decoding: contents(of: "/proc/net/udp"), as: UTF8.self)
        #expect(table.contains("00000000:" + hexadecimal(server.port)))
        #expect(Wire().ask(server.port, osc("/continuo/ping") + osc(","))?.arguments.last == .string("1.2.3"))
        for address in ["", "localhost", "1.2.3", "256.0.0.1", "::1"] {
            #expect(throws: OSCSocketError.self) {
                try OSCServer(address: address, port: 0, target: Puppet(), version: "")
            }
        }
    }

    private func contents(of path: String) -> [UInt8] {
        let file = open(path, O_RDONLY)
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        var count = 0
        while case let got = read(file, &bytes[count], bytes.count - count), got > 0 { count += got }
        return Array(bytes[..<count])
    }

    private func hexadecimal(_ port: UInt16) -> String {
        let digits = String(port, radix: 16, uppercase: true)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}
