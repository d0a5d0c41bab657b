import Foundation
import OSC
import Panel
import Testing
import Visitor

/// What strangers send: the server stays, and serves whoever behaves.
@Suite(.serialized) struct SiegeTests {
    private let daemon = FakeDaemon()
    private let server: PanelServer
    private var port: Int { server.port }

    init() throws {
        var settings = PanelServer.Settings()
        settings.port = 0
        settings.oscPort = daemon.port
        server = try PanelServer(settings)
    }

    private func end() {
        server.stop()
        daemon.stop()
    }

    private var isAlive: Bool { Visitor.get(port, "/continuo/param/patience?TYPE")?.json == ["TYPE": "f"] }

    @Test func tenThousandRandomRequestsLeaveItAlive() throws {
        defer { end() }
        var random = Numbers(seed: 1)
        let whole = Array(
            """
            GET /continuo/param?VALUE HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\nContent-Length: 0\r\n\
            Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: \
            dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n
            """.utf8)
        for round in 0..<10_000 {
            let visitor = Visitor(port)
            var bytes = whole
            if round % 3 == 0 {
                bytes = (0..<Int.random(in: 1..<300, using: &random)).map { _ in .random(in: 0...255, using: &random) }
            }
            for _ in 0..<Int.random(in: 0..<4, using: &random) {
                bytes[.random(in: bytes.indices, using: &random)] = .random(in: 0...255, using: &random)
            }
            if round % 5 == 1 { bytes.removeLast(.random(in: 0..<bytes.count, using: &random)) }
            visitor.send(bytes)
            if round % 500 == 0 { #expect(isAlive, "after \(round)") }
        }
        #expect(isAlive)
    }

    @Test func randomFramesLeaveItAlive() throws {
        defer { end() }
        var random = Numbers(seed: 2)
        let texts = [
            #"{"do":"set","name":"patience","value":1}"#, #"{"COMMAND":"LISTEN","DATA":"/continuo/param/mode"}"#,
            #"{"do":"watch"}"#, "[[[[[[[[[[[[[[[[[[[[",
        ]
        for _ in 0..<300 {
            let visitor = try #require(Visitor.webSocket(port))
            for _ in 0..<10 {
                var bytes = Array(texts.randomElement(using: &random)!.utf8)
                bytes[.random(in: bytes.indices, using: &random)] = .random(in: 0...255, using: &random)
                visitor.frame(.random(in: 0..<16, using: &random), bytes)
            }
            visitor.send((0..<20).map { _ in .random(in: 0...255, using: &random) })
        }
        #expect(isAlive)
    }

    @Test func framesAreBounded() throws {
        defer { end() }
        let long = try #require(Visitor.webSocket(port))
        long.send([0x81, 0xFF, 0, 0, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0])
        while let frame = long.hear() { #expect(frame.opcode == 8) }
        // In parts that never end.
        let parts = try #require(Visitor.webSocket(port))
        parts.send([0x01, 0x81, 0, 0, 0, 0, 0x20])
        for _ in 0..<100 { parts.send([0x00, 0x81, 0, 0, 0, 0, 0x20]) }
        while let frame = parts.hear() { #expect(frame.opcode == 8) }
        // More than a person could send.
        let fast = try #require(Visitor.webSocket(port))
        for _ in 0..<2000 { fast.say(#"{"do":"sleep"}"#) }
        while let frame = fast.hear() { #expect(frame.opcode == 8) }
        #expect(isAlive)
    }

    /// Half a request each, held open: whoever behaves is served at once, since the oldest of them goes.
    @Test func aThousandSlowClientsLockNobodyOut() throws {
        defer { end() }
        var slow: [Visitor] = []
        for round in 0..<1000 {
            let visitor = Visitor(port)
            visitor.send("GET / HTTP/1.1\r\nHost: local")
            slow.append(visitor)
            // As many as may be open in this process.
            if slow.count > 400 { slow.removeFirst() }
            if round % 100 == 0 { #expect(isAlive, "after \(round)") }
        }
        #expect(isAlive)
    }

    @Test func soManyPagesAndNoMore() throws {
        defer { end() }
        let pages = (0..<64).compactMap { _ in Visitor.webSocket(port) }
        #expect(pages.count == 64)
        #expect(Visitor.webSocket(port) == nil)
        for page in pages { page.say(#"{"do":"watch"}"#) }
        for page in pages { #expect(page.message("parameters") != nil) }
        #expect(isAlive)
    }

    /// A page that does not read what comes: it goes, and the others stay.
    @Test func aPageThatDoesNotReadIsDropped() throws {
        defer { end() }
        let (lazy, good) = (try #require(Visitor.webSocket(port)), try #require(Visitor.webSocket(port)))
        for page in [lazy, good] { page.say(#"{"do":"watch"}"#) }
        #expect(good.message("parameters") != nil)
        let plan = OSCMessage("/continuo/plan", (0..<10_000).map { .int($0) })
        // Some megabytes fill the buffers of both sockets, and the 512 KB that the server keeps.
        for _ in 0..<400 {
            daemon.feed(plan)
            if good.message("plan") == nil { break }
        }
        daemon.turn("patience", to: 7)
        #expect(good.message("value") != nil)
        var bytes = 0
        while let frame = lazy.hear(within: 2000) { bytes += frame.data.count }
        let event = recv(lazy.socket, &bytes, 1, Int32(MSG_DONTWAIT | MSG_PEEK))
        #expect(event == 0 || errno == ECONNRESET, "it is still served")
    }
}

/// SplitMix64.
private struct Numbers: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        return bits ^ bits >> 31
    }
}
