import InterlockTransport
import Testing

@Suite("Where to listen without authorization")
struct ListenRuleTests {
    private let remedies = ListenRule.Remedies(authorize: "configure issuers", allow: "pass --allow-unauthenticated")

    @Test("this machine's own addresses", arguments: ["127.0.0.1", "127.255.0.3", "::1", "[::1]", "0:0:0:0:0:0:0:1", "0::1", "::ffff:127.0.0.1", "localhost", "LOCALHOST", "unix:/run/mcp.sock"])
    func local(address: String) {
        #expect(ListenRule.decide(address: address, isAuthorized: false, allowsUnauthenticated: false, remedies: remedies) == .allowed)
    }

    @Test("everything else needs authorization, or the option", arguments: [
        "0.0.0.0", "::", "[::]", "10.0.0.1", "128.0.0.1", "127.0.0.1.evil.example", "127.1", "127.0.0.01", "0177.0.0.1", "2130706433", "::2", "::1%eth0", "1::", "1::1", "::ffff:10.0.0.1",
        "localhost.evil.example", "", "*", "example.com", "0:0:0:0:0:0:0:0:1", ":1", "1", "::1::", "::+1", "::127.0.0.1",
    ])
    func reachable(address: String) {
        #expect(ListenRule.decide(address: address, isAuthorized: true, allowsUnauthenticated: false, remedies: remedies) == .allowed)
        #expect(ListenRule.decide(address: address, isAuthorized: false, allowsUnauthenticated: true, remedies: remedies) == .allowed)
        guard case .refused(let message) = ListenRule.decide(address: address, isAuthorized: false, allowsUnauthenticated: false, remedies: remedies) else {
            Issue.record("\(address) was allowed")
            return
        }
        #expect(message.contains("configure issuers") && message.contains("or pass --allow-unauthenticated if"))
    }

    @Test("a gate asks callers unless it says otherwise; what measures one says what that one says")
    func gates() {
        struct KeyGate: RequestGate {
            func decide(_ head: RequestHead) -> GateDecision { .admit(nil) }
        }
        #expect(OpenGate().admitsEveryone && TimedGate("credential", OpenGate()).admitsEveryone)
        #expect(!KeyGate().admitsEveryone && !TimedGate("credential", KeyGate()).admitsEveryone)
    }
}
