import Foundation
import OSC
import Panel
import Testing
import Visitor

/// The server on real sockets, before a daemon of a few lines.
@Suite(.serialized) struct ServerTests {
    private let daemon = FakeDaemon()
    private let server: PanelServer
    private var port: Int { server.port }

    init() throws { server = try Self.server(oscPort: daemon.port) }

    private static func server(oscPort: UInt16, token: String? = nil) throws -> PanelServer {
        var settings = PanelServer.Settings()
        settings.port = 0
        settings.oscPort = oscPort
        settings.wholeParameters = ["polyphony"]
        settings.token = token
        return try PanelServer(settings)
    }

    private func end() {
        server.stop()
        daemon.stop()
    }

    private func awaits(_ what: String, _ isSo: () -> Bool) {
        for _ in 0..<500 where !isSo() { usleep(10000) }
        #expect(isSo(), "\(what)")
    }

    // MARK: HTTP

    @Test func thePageIsServedWithItsParts() throws {
        defer { end() }
        let page = try #require(Visitor.get(port, "/", ["Accept: text/html,*/*"]))
        #expect(page.status == 200 && page.headers["content-type"] == "text/html; charset=utf-8")
        let policy = try #require(page.headers["content-security-policy"])
        #expect(policy.hasPrefix("default-src 'none'; script-src 'self'") && policy.contains("frame-ancestors 'none'"))
        // Every part that the page and its parts name is served, and nothing is from elsewhere.
        var texts = [page.body]
        for match in page.body.matches(of: /(?:src|href)="([\w.]+)"/) {
            let part = try #require(Visitor.get(port, "/" + match.1))
            #expect(part.status == 200 && !part.body.isEmpty, "\(match.1)")
            texts.append(part.body)
        }
        for match in texts.joined().matches(of: /from "\.\/([\w.]+)"/) {
            let part = try #require(Visitor.get(port, "/" + match.1))
            #expect(part.status == 200 && part.headers["content-type"]?.hasPrefix("text/javascript") == true)
            texts.append(part.body)
        }
        #expect(texts.count == 7)
        #expect(!texts.joined().replacing("http://www.w3.org/2000/svg", with: "").contains("http://"))
        // Accept tells the page from the tree.
        #expect(Visitor.get(port, "/")?.json?["CONTENTS"] != nil)
        #expect(
            Visitor.get(port, "/?HOST_INFO", ["Accept: text/html"])?.json?["OSC_PORT"] == .number(Double(daemon.port)))
    }

    @Test(arguments: [
        ("/continuo/param/patience?VALUE", 200), ("/continuo/panic?VALUE", 204), ("/continuo/panic?NONSENSE", 400),
        ("/nobody", 404), ("/continuo/param/patience?token=unasked", 200), ("/%ff", 400), ("/%zz", 400),
        ("/continuo%2Fparam", 200), ("*", 400), ("/../page.js", 404),
    ]) func answersByOSCQuerysRules(_ target: String, _ status: Int) throws {
        defer { end() }
        #expect(Visitor.get(port, target)?.status == status)
    }

    @Test func refusesWhatIsNoReading() throws {
        defer { end() }
        let post = try #require(Visitor.get(port, "/", ["Content-Length: 0"], method: "POST"))
        #expect(post.status == 405 && post.headers["allow"] == "GET, HEAD")
        #expect(Visitor.get(port, "/", ["Content-Length: 5"])?.status == 413)
        #expect(Visitor.get(port, "/", ["X: " + String(repeating: "x", count: 20000)])?.status == 413)
        #expect(Visitor.get(port, "/", ["Host: evil.example"])?.status == 403)
        #expect(Visitor.get(port, "/", ["Origin: http://evil.example"])?.status == 403)
        let head = try #require(Visitor.get(port, "/", ["Accept: text/html"], method: "HEAD"))
        #expect(head.status == 200 && head.body == "" && head.headers["content-length"] != "0")
        let visitor = Visitor(port)
        visitor.send("NONSENSE\r\n\r\n")
        #expect(Visitor.answer(visitor.receiveAll())?.status == 400)
    }

    @Test func withoutADaemonItSaysSo() throws {
        daemon.stop()
        defer { server.stop() }
        let answer = try #require(Visitor.get(port, "/"))
        #expect(answer.status == 503 && answer.body.contains("no continuod answers on UDP port \(daemon.port)"))
        #expect(Visitor.get(port, "/?HOST_INFO")?.status == 200)
    }

    @Test func theTokenBecomesACookie() throws {
        let closed = try Self.server(oscPort: daemon.port, token: "abcdefgh")
        defer {
            closed.stop()
            end()
        }
        #expect(closed.address.hasSuffix("/?token=abcdefgh"))
        #expect(Visitor.get(closed.port, "/", ["Accept: text/html"])?.status == 403)
        #expect(Visitor.webSocket(closed.port) == nil)
        let first = try #require(Visitor.get(closed.port, "/?token=abcdefgh", ["Accept: text/html"]))
        #expect(first.status == 303 && first.headers["location"] == "/")
        let cookie = try #require(first.headers["set-cookie"])
        #expect(cookie == "continuo-panel=abcdefgh; Path=/; HttpOnly; SameSite=Strict")
        let sent = "Cookie: continuo-panel=abcdefgh"
        #expect(Visitor.get(closed.port, "/", ["Accept: text/html", sent])?.status == 200)
        #expect(Visitor.webSocket(closed.port, [sent]) != nil)
        #expect(Visitor.webSocket(closed.port, target: "/?token=abcdefgh") != nil)
    }

    @Test func anAddressThatIsNoneAndATakenPortAreRefused() throws {
        defer { end() }
        var settings = PanelServer.Settings()
        settings.bind = "localhost"
        #expect(throws: PanelError.noAddress("localhost")) { try PanelServer(settings) }
        (settings.bind, settings.port) = ("127.0.0.1", port)
        #expect(throws: PanelError.cannotListen(address: "127.0.0.1", port: port, "Address already in use")) {
            try PanelServer(settings)
        }
        (settings.port, settings.token) = (0, "short")
        #expect(throws: PanelError.badToken) { try PanelServer(settings) }
        // Open to others, a token is made.
        (settings.bind, settings.token) = ("0.0.0.0", nil)
        let open = try PanelServer(settings)
        defer { open.stop() }
        #expect(open.address.wholeMatch(of: /http:\/\/.+:\d+\/\?token=[0-9a-f]{32}/) != nil)
    }

    // MARK: The page's WebSocket

    @Test func aPageSeesAndLeads() throws {
        defer { end() }
        let page = try #require(Visitor.webSocket(port, ["Origin: http://localhost:\(port)"]))
        page.say(#"{"do":"watch"}"#)
        #expect(page.message("daemon")?["present"] == true)
        let list = try #require(page.message("parameters")?["list"]?.elements)
        #expect(list.map { $0["name"]?.text } == ["patience", "auto", "mode", "polyphony"])
        #expect(list.map { $0["kind"]?.text } == ["number", "toggle", "choice", "whole"])
        awaits("subscribed") { daemon.told("subscribe").count >= 3 }
        for feed in ["status", "notes", "plan"] {
            #expect(daemon.told("subscribe").contains { $0.arguments.first == .string(feed) }, "\(feed)")
        }
        let note: [OSCMessage.Argument] = [.string("human"), .string("on"), .int(1), .int(60), .int(70), .float(-0.01)]
        daemon.feed(OSCMessage("/continuo/notes", note))
        #expect(page.message("note")?["event"]?.elements?.count == 6)
        daemon.feed(OSCMessage("/continuo/plan", [.int(64), .int(50), .float(0.25)]))
        #expect(page.message("plan")?["events"] == [.number(64), .number(50), .number(0.25)])
        page.say(#"{"do":"set","name":"patience","value":900}"#)
        #expect(page.message("value")?["value"] == .number(900))
        page.say(#"{"do":"command","name":"panic"}"#)
        awaits("panic") { daemon.told("panic").count == 1 }
        page.say(#"{"do":"nothing"}"#)
        #expect(page.message("fault") != nil)
        // Another hand on the same knob.
        daemon.turn("patience", to: 300)
        #expect(page.message("value")?["value"] == .number(300))
    }

    @Test func aHiddenPageCostsNothing() throws {
        defer { end() }
        let page = try #require(Visitor.webSocket(port))
        page.say(#"{"do":"watch"}"#)
        #expect(page.message("parameters") != nil)
        page.say(#"{"do":"sleep"}"#)
        awaits("unsubscribed") { daemon.told("unsubscribe").count == 1 }
        daemon.feed(OSCMessage("/continuo/plan", []))
        while page.hear(within: 300) != nil {}
        let told = daemon.told.count
        #expect(page.hear(within: 1500) == nil && daemon.told.count == told)
        page.say(#"{"do":"watch"}"#)
        #expect(page.message("parameters") != nil)
    }

    @Test func aDaemonThatReturnsIsFound() throws {
        defer { server.stop() }
        let page = try #require(Visitor.webSocket(port))
        page.say(#"{"do":"watch"}"#)
        #expect(page.message("daemon")?["present"] == true)
        daemon.stop()
        #expect(page.message("daemon")?["present"] == false)
        let another = FakeDaemon(port: daemon.port)
        defer { another.stop() }
        #expect(page.message("daemon")?["present"] == true)
        awaits("subscribed again") { another.told("subscribe").count >= 3 }
    }

    @Test func pagesOfOtherSitesGetNoWebSocket() {
        defer { end() }
        #expect(Visitor.webSocket(port, ["Origin: http://evil.example"]) == nil)
        #expect(Visitor.webSocket(port, ["Host: evil.example"]) == nil)
        #expect(Visitor.webSocket(port, target: "/page.js") == nil)
        #expect(Visitor.webSocket(port) != nil)
    }

    // MARK: OSCQuery's WebSocket

    @Test func valuesListenedToComeAsBinaryOSC() throws {
        defer { end() }
        let client = try #require(Visitor.webSocket(port))
        client.say(#"{"COMMAND":"LISTEN","DATA":"/continuo/param/mode"}"#)
        usleep(1_200_000)
        daemon.turn("patience", to: 1)
        daemon.turn("mode", to: 1)
        let frame = try #require(client.hear())
        #expect(frame.opcode == 2)
        #expect(try OSCMessage.decode(frame.data) == [OSCMessage("/continuo/param/mode", [.string("endless")])])
        client.say(#"{"COMMAND":"IGNORE","DATA":"/continuo/param/mode"}"#)
        awaits("unsubscribed") { daemon.told("unsubscribe").count == 1 }
        client.frame(2, OSCMessage("/continuo/param/patience", [.float(5)]).encoded())
        awaits("set") { daemon.told("param/patience") == [OSCMessage("/continuo/param/patience", [.float(5)])] }
    }
}
