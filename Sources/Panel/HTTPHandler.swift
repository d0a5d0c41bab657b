import NIOCore
import NIOHTTP1

/// Answers one request, then closes: the page and its parts, or OSCQuery's JSON.
///
/// - Thread: any, the panel's event loop alone
final class HTTPHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let hub: Hub
    private let gate: Gate
    private var head: HTTPRequestHead?
    private var hasAnswered = false

    init(_ hub: Hub, _ gate: Gate) { (self.hub, self.gate) = (hub, gate) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            if head.method != .GET && head.method != .HEAD {
                answer(context, .text(.methodNotAllowed, "only GET and HEAD", [("Allow", "GET, HEAD")]))
            } else if head.headers.contains(name: "Transfer-Encoding")
                || head.headers["Content-Length"].contains(where: { $0 != "0" })
            {
                answer(context, .text(.payloadTooLarge, "a request has no body here"))
            }
        case .body: answer(context, .text(.payloadTooLarge, "a request has no body here"))
        case .end: if let head { respond(context, head) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func respond(_ context: ChannelHandlerContext, _ head: HTTPRequestHead) {
        guard !hasAnswered else { return }
        let verdict = gate.verdict(head)
        if case .refused(let refusal) = verdict { return answer(context, .text(.forbidden, refusal.rawValue)) }
        guard let target = RequestTarget(head.uri) else {
            return answer(context, .text(.badRequest, "the address is no path"))
        }
        if head.headers["Upgrade"].contains(where: { $0.lowercased() == "websocket" }) {
            return answer(
                context,
                hub.isFull
                    ? .text(.serviceUnavailable, "\(Hub.mostClients) pages are open already")
                    : .text(.badRequest, "the WebSocket is at /, in version 13"))
        }
        let wantsPage = head.headers["Accept"].contains { $0.contains("text/html") }
        if target.path == "/", target.attribute == nil, wantsPage {
            if verdict == .welcomeByAddress, let token = gate.token { return answer(context, .redirection(token)) }
            return answer(context, Response.page["/"]!)
        }
        if let part = Response.page[target.path], target.path != "/" { return answer(context, part) }
        query(context, target)
    }

    private func query(_ context: ChannelHandlerContext, _ target: RequestTarget) {
        if target.attribute == "HOST_INFO" {
            return answer(context, .json(OSCQuery.hostInformation(oscPort: hub.oscPort)))
        }
        let context = NIOLoopBound(context, eventLoop: context.eventLoop)
        hub.refresh().assumeIsolated().whenSuccess { [self] isAnswered in
            let response: Response =
                isAnswered
                ? Response(OSCQuery(hub.mirror).answer(target.path, attribute: target.attribute))
                : .text(
                    .serviceUnavailable,
                    "no continuod answers on UDP port \(hub.oscPort); start it, or give its --osc-port")
            answer(context.value, response)
        }
    }

    private func answer(_ context: ChannelHandlerContext, _ response: Response) {
        guard !hasAnswered else { return }
        hasAnswered = true
        var headers = Response.always
        for (name, value) in response.headers { headers.add(name: name, value: value) }
        if response.status != .noContent {
            headers.add(name: "Content-Length", value: "\(response.body.readableBytes)")
        }
        let head = HTTPResponseHead(version: .http1_1, status: response.status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if self.head?.method != .HEAD, response.status != .noContent {
            context.write(wrapOutboundOut(.body(.byteBuffer(response.body))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        // Our half only: closing with unread bytes would take the answer back (RFC 9112, 9.6). The door-keeper closes the rest.
        context.close(mode: .output, promise: nil)
    }
}

/// An answer of the HTTP server.
struct Response {
    var status: HTTPResponseStatus
    var headers: [(String, String)]
    var body: ByteBuffer

    /// Of every answer: nothing of another site is loaded, framed or run.
    static let always: HTTPHeaders = [
        "Connection": "close", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin",
        "Content-Security-Policy": """
        default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; \
        form-action 'none'; frame-ancestors 'none'
        """,
    ]

    /// The page and its parts, by path.
    static let page: [String: Response] = [
        "/": file("text/html", PackageResources.page_html),
        "/page.css": file("text/css", PackageResources.page_css),
        "/page.js": file("text/javascript", PackageResources.page_js),
        "/roll.js": file("text/javascript", PackageResources.roll_js),
        "/knobs.js": file("text/javascript", PackageResources.knobs_js),
        "/plots.js": file("text/javascript", PackageResources.plots_js),
        "/icon.svg": file("image/svg+xml", PackageResources.icon_svg),
    ]

    private static func file(_ type: String, _ bytes: [UInt8]) -> Response {
        let type = type.hasPrefix("text/") ? type + "; charset=utf-8" : type
        return Response(status: .ok, headers: [("Content-Type", type)], body: ByteBuffer(bytes: bytes))
    }

    static func text(_ status: HTTPResponseStatus, _ text: String, _ headers: [(String, String)] = []) -> Response {
        Response(
            status: status, headers: [("Content-Type", "text/plain; charset=utf-8")] + headers,
            body: ByteBuffer(string: text + "\n"))
    }

    static func json(_ json: JSON) -> Response {
        Response(
            status: .ok, headers: [("Content-Type", "application/json")], body: ByteBuffer(string: json.encoded + "\n"))
    }

    /// To the page without the token in its address, where it would stay in the history; the cookie has it.
    static func redirection(_ token: String) -> Response {
        let cookie = "\(Gate.cookie)=\(token); Path=/; HttpOnly; SameSite=Strict"
        return text(.seeOther, "the page is at /", [("Location", "/"), ("Set-Cookie", cookie)])
    }

    init(status: HTTPResponseStatus, headers: [(String, String)], body: ByteBuffer) {
        (self.status, self.headers, self.body) = (status, headers, body)
    }

    init(_ answer: OSCQuery.Answer) {
        switch answer {
        case .json(let json): self = .json(json)
        case .nothing: self = Response(status: .noContent, headers: [], body: ByteBuffer())
        case .unknownAttribute: self = .text(.badRequest, "OSCQuery knows no such attribute")
        case .notFound: self = .text(.notFound, "there is no such path; / lists them")
        }
    }
}
