import InterlockTransport
import Synchronization
import Testing

@testable import InterlockDiagnostics

@Suite("How a credential is to be had", .timeLimit(.minutes(5)))
struct AuthorizationDiscoveryTests {
    private static let server = "https://api.example/tools/mcp"
    private static let metadata = "https://api.example/.well-known/oauth-protected-resource/tools/mcp"
    private static let issuer = "https://login.example/a"
    private static let resource = #"{"resource":"https://api.example/tools/mcp","authorization_servers":["https://login.example/a"]}"#
    private static let issued = #"{"issuer":"https://login.example/a","token_endpoint":"https://login.example/token","authorization_endpoint":"https://login.example/ask","code_challenge_methods_supported":["S256"]}"#
    private static let issuerPlace = "https://login.example/.well-known/oauth-authorization-server/a"
    private static let challenge = #"Bearer scope="a, b", resource_metadata="https://api.example/.well-known/oauth-protected-resource/tools/mcp""#

    /// Documents by their addresses; everything else is 404.
    private final class Web: Sendable {
        let asked = Mutex<[String]>([])
        private let documents: [String: (status: Int, body: String)]

        init(_ documents: [String: (status: Int, body: String)]) { self.documents = documents }

        func discovery(of server: String = AuthorizationDiscoveryTests.server) -> AuthorizationDiscovery {
            AuthorizationDiscovery(of: server) { [self] url, _, maximumBytes in
                asked.withLock { $0.append(url) }
                #expect(maximumBytes == 1 << 18)
                if url.hasPrefix("https://nobody.example") { throw TransportError(.unreachable, "cannot reach https://nobody.example") }
                let (status, body) = documents[url] ?? (404, "{}")
                return (status, Array(body.utf8))
            }
        }
    }

    private static func report(_ web: Web, _ challenge: String, server: String = server) async -> ProbeReport {
        let target = Probe.Target(challenge: { _ in challenge }, authorization: web.discovery(of: server)) { _ in
            ScriptedTransport { _ in throw TransportError(.unauthorized, "401") }
        }
        return await Probe(target, timeout: .patient).run()
    }

    @Test("the resource's metadata and the issuer's are read, and say which they are")
    func sound() async throws {
        let report = await Self.report(Web([Self.metadata: (200, Self.resource), Self.issuerPlace: (200, Self.issued)]), Self.challenge)
        let steps = Array(report.steps.suffix(2))
        #expect(steps.map(\.name) == ["resource metadata", "issuer metadata"] && steps.allSatisfy { $0.status == .ok && $0.took != nil })
        #expect(steps[0].detail == "\(Self.metadata), \(Self.issuer)" && steps[1].detail == Self.issuer && report.verdict == .authWalled)
    }

    @Test("an issuer's metadata may be in each of three places", arguments: [
        "https://login.example/.well-known/oauth-authorization-server/a", "https://login.example/.well-known/openid-configuration/a",
        "https://login.example/a/.well-known/openid-configuration",
    ])
    func places(place: String) async {
        #expect(await Self.report(Web([Self.metadata: (200, Self.resource), place: (200, Self.issued)]), Self.challenge).verdict == .authWalled)
    }

    @Test("what is broken degrades the server, and is said", arguments: [
        (404, "{}", 200, issued, "resource metadata", "answers HTTP 404"),
        (302, "{}", 200, issued, "resource metadata", "a redirect, which is not followed"),
        (200, "<html>", 200, issued, "resource metadata", "no JSON object"),
        (200, #"{"authorization_servers":["https://login.example/a"]}"#, 200, issued, "resource metadata", "names no resource"),
        (200, #"{"resource":"https://other.example/tools/mcp","authorization_servers":["https://login.example/a"]}"#, 200, issued, "resource metadata", "clients refuse it"),
        (200, #"{"resource":"https://api.example/tool","authorization_servers":["https://login.example/a"]}"#, 200, issued, "resource metadata", "clients refuse it"),
        (200, #"{"resource":"https://api.example"}"#, 200, issued, "resource metadata", "names no authorization server"),
        (200, #"{"resource":"https://api.example","authorization_servers":["file:///etc/passwd"]}"#, 200, issued, "issuer metadata", "no http or https URL"),
        (200, #"{"resource":"https://api.example","authorization_servers":["http://login.example/a"]}"#, 200, issued, "issuer metadata", "not under https"),
        (200, #"{"resource":"https://api.example","authorization_servers":["https://nobody.example"]}"#, 200, issued, "issuer metadata", "cannot reach"),
        (200, resource, 500, issued, "issuer metadata", "HTTP 404"),
        (200, resource, 200, #"{"issuer":"https://login.example/b","token_endpoint":"https://login.example/token"}"#, "issuer metadata", "is not of the issuer"),
        (200, resource, 200, #"{"issuer":"https://login.example/a"}"#, "issuer metadata", "no token_endpoint"),
        (200, resource, 200, #"{"issuer":"https://login.example/a","token_endpoint":"x","authorization_endpoint":"y"}"#, "issuer metadata", "PKCE"),
    ] as [(Int, String, Int, String, String, String)])
    func broken(status: Int, document: String, issuerStatus: Int, issued: String, step: String, words: String) async throws {
        let web = Web([Self.metadata: (status, document), Self.issuerPlace: (issuerStatus, issued)])
        let report = await Self.report(web, Self.challenge)
        let last = try #require(report.steps.last)
        #expect(last.name == step && last.status == .failed && last.detail.contains(words), "\(last)")
        #expect(report.verdict == .degraded && report.sentence.contains(step))
    }

    @Test("metadata that the challenge names is asked for only where that is safe", arguments: ["http://api.example/meta", "file:///etc/passwd", "gopher://x", "https://u:p@x/"])
    func unsafeAddresses(address: String) async {
        let web = Web([:])
        let report = await Self.report(web, "Bearer resource_metadata=\"\(address)\"")
        #expect(report.verdict == .degraded && web.asked.withLock(\.self).isEmpty)
    }

    @Test("where the challenge names none, it is looked for where it would be; a server without any is walled, no more")
    func unnamed() async throws {
        let web = Web([:])
        let report = await Self.report(web, "Bearer realm=\"mcp\"")
        #expect(report.steps.last?.name == "resource metadata" && report.steps.last?.status == .skipped && report.verdict == .authWalled)
        #expect(web.asked.withLock(\.self) == [Self.metadata, "https://api.example/.well-known/oauth-protected-resource"])
        let found = await Self.report(Web([Self.metadata: (200, Self.resource), Self.issuerPlace: (200, Self.issued)]), "Bearer realm=\"mcp\"")
        #expect(found.steps.last?.name == "issuer metadata" && found.verdict == .authWalled)
    }

    @Test("a server without a wall is asked for no metadata")
    func noWall() async {
        let web = Web([:])
        let target = Probe.Target(challenge: { _ in "Bearer" }, authorization: web.discovery()) { _ in ScriptedTransport { _ in .bytes("garbage") } }
        #expect(await Probe(target, timeout: .patient).run().steps.count == 2)
        #expect(web.asked.withLock(\.self).isEmpty)
    }

    @Test("at most three issuers are asked")
    func manyIssuers() async throws {
        let names = (0..<50).map { "https://login.example/\($0)" }
        let resource = #"{"resource":"https://api.example","authorization_servers":["# + names.map { "\"\($0)\"" }.joined(separator: ",") + "]}"
        var documents = [Self.metadata: (status: 200, body: resource)]
        for name in names {
            let place = name.replacing("https://login.example", with: "https://login.example/.well-known/oauth-authorization-server")
            documents[place] = (200, #"{"issuer":"\#(name)","token_endpoint":"x"}"#)
        }
        let web = Web(documents)
        #expect(await Self.report(web, Self.challenge).verdict == .authWalled)
        #expect(web.asked.withLock(\.count) == 4)
    }

    @Test("a parameter of a challenge is read as RFC 9110 writes it", arguments: [
        (#"Bearer resource_metadata="https://a/b""#, "https://a/b"), (#"Bearer realm="x, resource_metadata=\"no\"", Resource_Metadata = "y""#, "y"),
        ("Bearer resource_metadata=https://a/b, scope=x", "https://a/b"), (#"Basic realm="a", Bearer scope="c", resource_metadata="d\"e""#, "d\"e"),
        ("Bearer", nil), (#"Bearer xresource_metadata="a""#, nil), (#"Bearer resource_metadata="unfinished"#, "unfinished"), ("", nil),
    ] as [(String, String?)])
    func parameter(challenge: String, value: String?) {
        #expect(AuthenticationParameter.value("resource_metadata", of: challenge) == value)
    }
}
