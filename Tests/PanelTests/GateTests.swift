import NIOHTTP1
import Panel
import Testing

/// Who comes in: pages of other sites, and names that were made to point here, do not.
@Suite struct GateTests {
    private func verdict(
        _ headers: [(String, String)], _ uri: String = "/", token: String? = nil, isLoopback: Bool = true
    ) -> Gate.Verdict {
        Gate(token: token, names: ["studio", "studio.local"], isLoopback: isLoopback)
            .verdict(HTTPRequestHead(version: .http1_1, method: .GET, uri: uri, headers: HTTPHeaders(headers)))
    }

    @Test(arguments: ["localhost", "LOCALHOST:9080", "127.0.0.1:1", "[::1]:9080", "studio.local:9080"])
    func ownNamesAreServed(_ host: String) {
        #expect(verdict([("Host", host)]) == .welcome)
        #expect(verdict([("Host", host), ("Origin", "http://" + host)]) == .welcome)
    }

    @Test(arguments: [
        "", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example:9080", "192.168.0.7", "[::1",
    ])
    func otherNamesAreNot(_ host: String) {
        #expect(verdict([("Host", host)]) == .refused(.host))
    }

    @Test func oneHostOnly() {
        #expect(verdict([]) == .refused(.host))
        #expect(verdict([("Host", "localhost"), ("Host", "localhost")]) == .refused(.host))
    }

    /// An address cannot be made to point elsewhere; a name can.
    @Test func openToTheNetworkAddressesAreServed() {
        #expect(verdict([("Host", "192.168.0.7:9080")], isLoopback: false) == .welcome)
        #expect(verdict([("Host", "evil.example")], isLoopback: false) == .refused(.host))
    }

    @Test(arguments: [
        "null", "http://evil.example", "https://localhost:9080", "http://localhost:9081", "http://localhost",
    ])
    func otherOriginsAreNot(_ origin: String) {
        #expect(verdict([("Host", "localhost:9080"), ("Origin", origin)]) == .refused(.origin))
    }

    @Test func theTokenIsAskedFor() {
        let host = ("Host", "localhost")
        #expect(verdict([host], token: "12345678") == .refused(.token))
        #expect(verdict([host], "/?token=12345679", token: "12345678") == .refused(.token))
        #expect(verdict([host], "/?token=1234567", token: "12345678") == .refused(.token))
        #expect(verdict([host], "/?token=12345678", token: "12345678") == .welcomeByAddress)
        #expect(verdict([host], "/?VALUE&token=12345678", token: "12345678") == .welcomeByAddress)
        #expect(verdict([host, ("Authorization", "Bearer 12345678")], token: "12345678") == .welcome)
        #expect(verdict([host, ("Cookie", "a=b; continuo-panel=12345678")], token: "12345678") == .welcome)
        #expect(verdict([host, ("Cookie", "a=12345678")], token: "12345678") == .refused(.token))
    }
}
