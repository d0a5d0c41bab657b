import NIOCore
import NIOHTTP1

/// Who may come in: by Host and Origin, against pages of other sites and DNS rebinding, and by the token where there is one.
package struct Gate: Sendable {
    package enum Verdict: Equatable {
        case welcome
        /// With the token in the address; the browser keeps it as a cookie from then on.
        case welcomeByAddress
        case refused(Refusal)
    }

    package enum Refusal: String {
        case host = "Host is not a name of this machine's panel"
        case origin = "Origin is another site"
        case token = "open the address with the token that continuo panel printed"
    }

    /// Nil where none is asked for.
    package let token: String?
    /// Host names served beside IP addresses and localhost; compared in lower case.
    package let names: Set<String>
    /// Whether only this machine can connect; then only its own names are served.
    package let isLoopback: Bool

    package init(token: String?, names: Set<String>, isLoopback: Bool) {
        (self.token, self.names, self.isLoopback) = (token, names, isLoopback)
    }

    package static let cookie = "continuo-panel"

    package func verdict(_ head: HTTPRequestHead) -> Verdict {
        let hosts = head.headers["Host"]
        guard hosts.count == 1, let host = hosts.first, serves(host: host) else { return .refused(.host) }
        let origins = head.headers["Origin"]
        guard origins.isEmpty || origins.map({ $0.lowercased() }) == ["http://" + host.lowercased()] else {
            return .refused(.origin)
        }
        guard let token else { return .welcome }
        if tokens(in: head).contains(where: { Self.isSame($0, token) }) { return .welcome }
        let query = RequestTarget(head.uri)?.token
        if let query, Self.isSame(query, token) { return .welcomeByAddress }
        return .refused(.token)
    }

    private func serves(host: String) -> Bool {
        let name = Self.name(ofHost: host).lowercased()
        if name == "localhost" || name == "127.0.0.1" || name == "::1" { return true }
        if names.contains(name) { return true }
        // Rebinding needs a name: an address cannot be made to point elsewhere.
        return !isLoopback && (try? SocketAddress(ipAddress: name, port: 0)) != nil
    }

    /// Without port and brackets.
    private static func name(ofHost host: String) -> String {
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") { return String(host[..<end].dropFirst()) }
        return String(host.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)[0])
    }

    private func tokens(in head: HTTPRequestHead) -> [String] {
        let bearers = head.headers["Authorization"].filter { $0.hasPrefix("Bearer ") }.map { String($0.dropFirst(7)) }
        let cookies = head.headers["Cookie"].flatMap { $0.split(separator: ";") }.compactMap { pair -> String? in
            let pair = pair.drop { $0 == " " }
            return pair.hasPrefix(Self.cookie + "=") ? String(pair.dropFirst(Self.cookie.count + 1)) : nil
        }
        return bearers + cookies
    }

    /// In a time that does not tell how much is right.
    private static func isSame(_ one: String, _ other: String) -> Bool {
        let (one, other) = (Array(one.utf8), Array(other.utf8))
        guard one.count == other.count else { return false }
        return zip(one, other).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
