import NIOCore
import OSC

/// A page or an OSCQuery client at the other end of a WebSocket.
protocol HubClient: AnyObject {
    /// Shows the instrument now; a hidden page does not.
    var isWatching: Bool { get }
    /// OSC addresses whose values it wants.
    var listens: Set<String> { get }
    func send(text: ByteBuffer)
    func send(osc: ByteBuffer)
}

/// What the daemon tells goes to everybody who watches, and what they ask goes to the daemon. While nobody watches or listens,
/// there is no timer and no feed.
///
/// - Thread: any, the panel's event loop alone
final class Hub {
    static let mostClients = 64

    private(set) var mirror: Mirror
    let oscPort: Int
    private let loop: any EventLoop
    private let sendToDaemon: (OSCMessage) -> Void

    private var clients: [ObjectIdentifier: any HubClient] = [:]
    /// Nil until the first answer, or two seconds without one.
    private var isPresent: Bool?
    private var lastHeard = NIODeadline.now()
    private var lastListed: NIODeadline?
    private var ticks = 0
    private var timer: RepeatedTask?
    private var waiting: [EventLoopPromise<Bool>] = []
    /// Of those who wait.
    private var patience: Scheduled<Void>?

    init(
        mirror: Mirror, oscPort: Int, loop: any EventLoop, sendToDaemon: @escaping (OSCMessage) -> Void
    ) {
        (self.mirror, self.oscPort, self.loop, self.sendToDaemon) = (mirror, oscPort, loop, sendToDaemon)
    }

    // MARK: Clients

    var isFull: Bool { clients.count >= Self.mostClients }
    var clientCount: Int { clients.count }

    func add(_ client: any HubClient) { clients[ObjectIdentifier(client)] = client }

    func remove(_ client: any HubClient) {
        clients[ObjectIdentifier(client)] = nil
        attentionChanged()
    }

    /// A client has begun to watch.
    func greet(_ client: any HubClient) {
        attentionChanged()
        let news: [JSON?] = [
            isPresent.map(presence), mirror.parameters.isEmpty ? nil : parameters, presets,
            mirror.figures.isEmpty ? nil : status,
        ]
        for one in news.compactMap(\.self) { client.send(text: ByteBuffer(string: one.encoded)) }
    }

    /// A client watches or listens now, or no longer.
    func attentionChanged() {
        let isWanted = clients.values.contains { $0.isWatching || !$0.listens.isEmpty }
        if isWanted, timer == nil {
            (ticks, isPresent, lastHeard) = (0, nil, .now())
            timer = loop.repeatTask(after: .zero, every: .milliseconds(500)) { self.tick() }
        } else if !isWanted, let timer {
            timer.cancel()
            self.timer = nil
            sendToDaemon(OSCMessage("/continuo/unsubscribe"))
        } else if isWanted {
            subscribe()
        }
    }

    /// Sends what a client asks for. Whether it may has been seen to.
    func ask(_ message: OSCMessage) { sendToDaemon(message) }

    // MARK: The daemon

    private func tick() {
        if NIODeadline.now() - lastHeard > .seconds(2) { setPresent(false) }
        // For longer than it takes to come round: who is killed is soon forgotten.
        if ticks % 4 == 0 { subscribe() }
        if ticks % 20 == 0 { sendToDaemon(OSCMessage("/continuo/presets")) }
        sendToDaemon(OSCMessage("/continuo/list"))
        ticks += 1
    }

    private func subscribe() {
        guard clients.values.contains(where: \.isWatching) else { return }
        for feed in ["status", "notes", "plan"] {
            sendToDaemon(OSCMessage("/continuo/subscribe", [.string(feed), .float(10)]))
        }
    }

    /// Answers when the parameters are those of now.
    /// - Returns: false where no daemon answers within a second.
    func refresh() -> EventLoopFuture<Bool> {
        if let lastListed, .now() - lastListed < .milliseconds(50) { return loop.makeSucceededFuture(true) }
        let promise = loop.makePromise(of: Bool.self)
        waiting.append(promise)
        if waiting.count == 1 {
            sendToDaemon(OSCMessage("/continuo/presets"))
            sendToDaemon(OSCMessage("/continuo/list"))
            patience = loop.assumeIsolated().scheduleTask(in: .seconds(1)) { self.answerWaiting(false) }
        }
        return promise.futureResult
    }

    private func answerWaiting(_ isAnswered: Bool) {
        let promises = waiting
        waiting = []
        patience?.cancel()
        for promise in promises { promise.succeed(isAnswered) }
    }

    func take(_ message: OSCMessage) {
        lastHeard = .now()
        if timer != nil { setPresent(true) }
        for news in mirror.take(message) { tell(news) }
    }

    private func setPresent(_ isNow: Bool) {
        guard isPresent != isNow else { return }
        let hasReturned = isPresent == false
        isPresent = isNow
        broadcast(presence(isNow))
        if hasReturned {
            subscribe()
            sendToDaemon(OSCMessage("/continuo/presets"))
        }
    }

    private func tell(_ news: Mirror.News) {
        switch news {
        case .parameters: broadcast(parameters)
        case .value(let parameter): tell(parameter)
        case .presets: broadcast(presets)
        case .status: broadcast(status)
        case .notes(let event): broadcast(["type": "note", "event": event])
        case .plan(let events): broadcast(["type": "plan", "events": events])
        case .fault(let text): broadcast(["type": "fault", "text": .text(text)])
        case .listed:
            lastListed = .now()
            answerWaiting(true)
        }
    }

    private func tell(_ parameter: Mirror.Parameter) {
        broadcast(["type": "value", "name": .text(parameter.name), "value": .number(parameter.value)])
        let message = OSCQuery.message(parameter)
        let packet = ByteBuffer(bytes: message.encoded())
        for client in clients.values where client.listens.contains(message.address) { client.send(osc: packet) }
    }

    private func broadcast(_ json: JSON) {
        let watchers = clients.values.filter(\.isWatching)
        guard !watchers.isEmpty else { return }
        let text = ByteBuffer(string: json.encoded)
        for client in watchers { client.send(text: text) }
    }

    private func presence(_ isPresent: Bool) -> JSON {
        ["type": "daemon", "present": .truth(isPresent), "port": .number(Double(oscPort))]
    }

    private var parameters: JSON { ["type": "parameters", "list": .array(mirror.parameters.map(\.json))] }
    private var status: JSON { ["type": "status", "figures": .object(mirror.figures)] }
    private var presets: JSON {
        let list = mirror.presets.map { ["name": .text($0.name), "description": .text($0.description)] as JSON }
        return ["type": "presets", "list": .array(list)]
    }
}
