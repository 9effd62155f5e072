@testable import InterlockAuthorization
import InterlockConcurrency
import InterlockSimulation
import InterlockTransport
import Logging
import Testing

@Suite("Keys that the issuer's metadata names", .timeLimit(.minutes(5)))
struct IssuerMetadataTests {
    private let clock = ManualClock()
    private let fetcher = ScriptedFetcher { _ in FetchResponse(status: 404, body: []) }

    private var asked: [String] { fetcher.requests.map(\.url) }

    /// Answers by address; what is not there is 404.
    private func serve(_ documents: [String: String]) {
        fetcher.answer { request in
            guard let text = documents[request.url] else { return FetchResponse(status: 404, body: []) }
            return FetchResponse(status: 200, body: Array(text.utf8))
        }
    }

    private func set(_ issuer: String = "https://issuer.example") throws -> KeySet {
        try KeySet(issuer: issuer, fetcher: fetcher, clock: clock, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func isFound(_ set: KeySet, _ issuer: TestIssuer) async -> Bool {
        if case .key = await set.key(issuer.kid(of: "ES256"), .es256) { true } else { false }
    }

    private func metadata(_ issuer: String, _ keys: String = "https://keys.example/jwks") -> String { #"{"issuer":"\#(issuer)","jwks_uri":"\#(keys)"}"# }

    @Test("the well-known addresses are asked in order, the first that is there decides", arguments: [
        ("https://issuer.example", ["https://issuer.example/.well-known/oauth-authorization-server", "https://issuer.example/.well-known/openid-configuration"]),
        ("https://issuer.example/t/one", [
            "https://issuer.example/.well-known/oauth-authorization-server/t/one", "https://issuer.example/.well-known/openid-configuration/t/one",
            "https://issuer.example/t/one/.well-known/openid-configuration",
        ]),
    ])
    func order(issuer: String, addresses: [String]) async throws {
        let keys = try await TestIssuer.shared.value
        for (index, address) in addresses.enumerated() {
            let before = asked.count
            serve([address: metadata(issuer), "https://keys.example/jwks": try keys.document])
            #expect(await isFound(try set(issuer), keys))
            #expect(Array(asked.dropFirst(before)) == addresses.prefix(index + 1) + ["https://keys.example/jwks"])
        }
    }

    @Test("metadata that names another issuer, no keys, or keys that may not be asked for lets nobody in", arguments: [
        #"{"issuer":"https://issuer.example/","jwks_uri":"https://keys.example/jwks"}"#, #"{"jwks_uri":"https://keys.example/jwks"}"#,
        #"{"issuer":"https://issuer.example"}"#, #"{"issuer":"https://issuer.example","jwks_uri":"http://keys.example/jwks"}"#,
        #"{"issuer":"https://issuer.example","issuer":"https://issuer.example","jwks_uri":"https://keys.example/jwks"}"#, "[]", "",
    ])
    func refused(document: String) async throws {
        let keys = try await TestIssuer.shared.value
        let sound = ["https://keys.example/jwks": try keys.document, "http://keys.example/jwks": try keys.document]
        serve(sound.merging(["https://issuer.example/.well-known/oauth-authorization-server": document]) { $1 })
        let set = try set()
        #expect(await !isFound(set, keys))
        #expect(!asked.contains { $0.hasSuffix("/jwks") })
        // Control: the same with metadata that is sound.
        clock.advance(by: .seconds(60))
        serve(sound.merging(["https://issuer.example/.well-known/oauth-authorization-server": metadata("https://issuer.example")]) { $1 })
        #expect(await isFound(set, keys))
    }

    @Test("the metadata is remembered for its lifetime, and asked anew when the keys have moved")
    func remembered() async throws {
        let keys = try await TestIssuer.shared.value
        let well = "https://issuer.example/.well-known/oauth-authorization-server"
        serve([well: metadata("https://issuer.example"), "https://keys.example/jwks": try keys.document])
        let set = try set()
        for _ in 0..<3 { #expect(await isFound(set, keys)) }
        #expect(asked.count == 2)
        clock.advance(by: .seconds(31))
        _ = await set.key("unknown", .es256)
        #expect(asked.count == 3) // the keys alone
        serve([well: metadata("https://issuer.example", "https://keys.example/new"), "https://keys.example/new": try keys.document])
        clock.advance(by: .seconds(31))
        _ = await set.key("unknown", .es256)
        clock.advance(by: .seconds(31))
        _ = await set.key("unknown", .es256)
        #expect(asked.suffix(3) == ["https://keys.example/jwks", well, "https://keys.example/new"])
        #expect(await isFound(set, keys))
    }

    @Test("an issuer that is no address, or may not be asked without encryption, is refused when it is configured", arguments: [
        "issuer.example", "http://issuer.example", "https://issuer.example?x=1", "https://issuer.example#x",
    ])
    func unusable(issuer: String) {
        #expect(throws: AuthorizationError.self) { try set(issuer) }
    }

    @Test("on this machine the issuer may be asked without encryption")
    func loopback() throws {
        _ = try set("http://127.0.0.1:9000/realm")
    }
}
