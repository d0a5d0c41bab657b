import NIOCore
import NIOWebSocket

/// One WebSocket: reads requests, sends what the hub tells. A client that does not read, does not answer pings, or sends more
/// than a person could, is dropped; nothing is kept for it beyond the channel's high-water mark.
///
/// - Thread: any, the panel's event loop alone
final class WebSocketHandler: ChannelInboundHandler, HubClient {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private static let mostMessagesASecond = 500
    private static let mostListened = 512

    private(set) var isWatching = false
    private(set) var listens: Set<String> = []
    private let hub: Hub
    private var context: ChannelHandlerContext?
    private var pings: RepeatedTask?
    private var unanswered = 0
    private var second = NIODeadline.now()
    private var messages = 0

    init(_ hub: Hub) { self.hub = hub }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        hub.add(self)
        pings = context.eventLoop.repeatTask(after: .seconds(20), every: .seconds(20)) { self.ping() }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        pings?.cancel()
        self.context = nil
        hub.remove(self)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        guard isCalm() else { return close(.policyViolation) }
        let bytes = Array(frame.unmaskedData.readableBytesView)
        switch frame.opcode {
        case .text: take { () throws(Request.Fault) in [try Request(text: bytes)] }
        case .binary: take { () throws(Request.Fault) in try Request.packet(bytes) }
        case .ping: write(.pong, ByteBuffer(bytes: bytes))
        case .pong: unanswered = 0
        case .connectionClose: close(.normalClosure)
        default: close(.unacceptableData)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func send(text: ByteBuffer) { write(.text, text) }
    func send(osc: ByteBuffer) { write(.binary, osc) }

    private func take(_ read: () throws(Request.Fault) -> [Request]) {
        do throws(Request.Fault) {
            for request in try read() { act(request) }
        } catch { send(text: ByteBuffer(string: (["type": "fault", "text": .text(error.text)] as JSON).encoded)) }
    }

    private func act(_ request: Request) {
        switch request {
        case .watch:
            isWatching = true
            hub.greet(self)
        case .sleep:
            isWatching = false
            hub.attentionChanged()
        case .listen(let path):
            guard listens.count < Self.mostListened else { return close(.policyViolation) }
            listens.insert(path)
            hub.attentionChanged()
        case .ignore(let path):
            listens.remove(path)
            hub.attentionChanged()
        case .send(let message): hub.ask(message)
        }
    }

    private func isCalm() -> Bool {
        let now = NIODeadline.now()
        if now - second >= .seconds(1) { (second, messages) = (now, 0) }
        messages += 1
        return messages <= Self.mostMessagesASecond
    }

    private func ping() {
        guard unanswered < 3 else { return drop() }
        unanswered += 1
        write(.ping, ByteBuffer())
    }

    private func write(_ opcode: WebSocketOpcode, _ data: ByteBuffer) {
        guard let context else { return }
        guard context.channel.isWritable else { return drop() }
        context.writeAndFlush(wrapOutboundOut(WebSocketFrame(fin: true, opcode: opcode, data: data)), promise: nil)
    }

    private func close(_ code: WebSocketErrorCode) {
        guard let context, context.channel.isWritable else { return drop() }
        var data = ByteBuffer()
        data.write(webSocketErrorCode: code)
        context.write(wrapOutboundOut(WebSocketFrame(fin: true, opcode: .connectionClose, data: data)), promise: nil)
        context.flush()
        context.close(promise: nil)
    }

    private func drop() { context?.close(promise: nil) }
}

extension EventLoop {
    /// Runs on this loop, where it is called too.
    func repeatTask(after delay: TimeAmount, every interval: TimeAmount, _ body: @escaping () -> Void) -> RepeatedTask {
        let body = NIOLoopBound(body, eventLoop: self)
        return scheduleRepeatedTask(initialDelay: delay, delay: interval) { _ in body.value() }
    }
}
