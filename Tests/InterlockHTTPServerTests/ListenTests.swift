@testable import InterlockHTTPServer
import InterlockTransport
import Testing

/// Where a server of the library listens although nobody is asked for a credential. Nothing here listens on more than loopback: what is let through is looked at
/// before anything is bound.
@Suite("A server without authorization", .timeLimit(.minutes(5)))
struct ListenTests {
    private struct KeyGate: RequestGate {
        func decide(_ head: RequestHead) -> GateDecision { .admit(nil) }
    }

    private static let reachable = ["0.0.0.0", "::", "192.168.1.7", "fd00::1", "mcp.example.com"]

    private func configuration(_ host: String) -> HTTPServerConfiguration {
        var configuration = HTTPServerConfiguration(host: host, port: 0)
        configuration.eventLoopThreads = 1
        return configuration
    }

    @Test("does not listen where other machines reach it, and says what to do", arguments: reachable)
    func refused(host: String) async throws {
        let transport = HTTPServerTransport(configuration: configuration(host))
        let error = await #expect(throws: TransportError.self) { try await transport.run(FakeRuntime()) }
        #expect(error?.code == .misuse && error?.message.contains("\"\(host)\"") == true)
        for way in ["a gate that asks for credentials", "127.0.0.1", "allowsUnauthenticatedAccess"] { #expect(error?.message.contains(way) == true) }
        await #expect(throws: TransportError.self) { try await transport.listening() }
        #expect(transport.boundPort == nil)
    }

    @Test("listens there with a gate that asks who comes, or when that is asked for by name", arguments: reachable)
    func allowed(host: String) throws {
        var configuration = configuration(host)
        try configuration.validate(for: KeyGate())
        #expect(throws: TransportError.self) { try configuration.validate(for: TimedGate("credential", OpenGate())) }
        configuration.allowsUnauthenticatedAccess = true
        try configuration.validate(for: OpenGate())
    }

    @Test("needs nothing on loopback", arguments: ["127.0.0.1", "127.0.0.2", "::1", "[::1]", "localhost"])
    func loopback(host: String) async throws {
        try configuration(host).validate(for: OpenGate())
    }

    @Test("listens on loopback by default")
    func listens() async throws {
        let transport = HTTPServerTransport(configuration: configuration(HTTPServerConfiguration().host))
        async let ended: Void = transport.run(FakeRuntime())
        #expect(try await transport.listening().host == "127.0.0.1")
        transport.beginGracefulShutdown()
        try await ended
    }
}
