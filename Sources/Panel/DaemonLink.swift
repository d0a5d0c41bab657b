import NIOCore
import NIOPosix
import OSC

/// The UDP socket to the daemon, from a port of its own of the loopback.
struct DaemonLink: Sendable {
    let port: Int
    private let address: SocketAddress

    init(port: Int) {
        self.port = port
        address = (try? SocketAddress(ipAddress: "127.0.0.1", port: port))!
    }

    func open(on loop: any EventLoop) throws -> any Channel {
        try DatagramBootstrap(group: loop)
            // A plan of many notes is longer than NIO's usual 2 KB.
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 65536))
            .bind(host: "127.0.0.1", port: 0).wait()
    }

    /// Nobody listening is not our concern: it may come.
    func send(_ message: OSCMessage, over channel: any Channel) {
        let data = ByteBuffer(bytes: message.encoded())
        channel.writeAndFlush(AddressedEnvelope(remoteAddress: address, data: data), promise: nil)
    }

    func isFromDaemon(_ sender: SocketAddress) -> Bool { sender == address }
}

/// Hands what the daemon sends to the hub. What comes from elsewhere is dropped.
final class DaemonHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let hub: Hub
    private let link: DaemonLink

    init(_ hub: Hub, _ link: DaemonLink) { (self.hub, self.link) = (hub, link) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        guard link.isFromDaemon(envelope.remoteAddress),
            let messages = try? OSCMessage.decode(Array(envelope.data.readableBytesView))
        else { return }
        for message in messages { hub.take(message) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}
