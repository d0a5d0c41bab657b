import NIOCore

/// Connections that have not finished their one request. When there are too many, the oldest goes: slow clients lock nobody out.
///
/// - Thread: any, the panel's event loop alone
final class WaitingRoom {
    static let most = 128
    private var channels: [(id: ObjectIdentifier, channel: any Channel)] = []

    func enter(_ channel: any Channel) {
        channels.append((ObjectIdentifier(channel), channel))
        if channels.count > Self.most { channels.removeFirst().channel.close(promise: nil) }
    }

    func leave(_ channel: any Channel) { channels.removeAll { $0.id == ObjectIdentifier(channel) } }
}

/// First handler of a connection: so many bytes and so much time until the request is complete and answered. It leaves when
/// the connection becomes a WebSocket, which has bounds of its own.
final class Doorkeeper: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let mostBytes = 16384
    private static let longest = TimeAmount.seconds(10)

    private let room: WaitingRoom
    private var bytes = 0
    private var deadline: Scheduled<Void>?

    init(_ room: WaitingRoom) { self.room = room }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        room.enter(channel)
        deadline = context.eventLoop.scheduleTask(in: Self.longest) { channel.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        deadline?.cancel()
        room.leave(context.channel)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let isWithin = bytes <= Self.mostBytes
        bytes += unwrapInboundIn(data).readableBytes
        if bytes <= Self.mostBytes { return context.fireChannelRead(data) }
        guard isWithin else { return context.close(promise: nil) }
        let refusal = "HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: refusal)), promise: nil)
        context.close(promise: nil)
    }
}
