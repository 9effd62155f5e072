import Foundation
@testable import InterlockAuthorization
import InterlockConcurrency
import InterlockSimulation
import InterlockTransport
import Testing

@Suite("Key sets", .timeLimit(.minutes(5)))
struct KeySetTests {
    @Test("an unknown key causes one fetch, and 1,000 unknown keys cause no more until its interval is over")
    func unknownKeys() async throws {
        let fixture = try await Fixture()
        _ = await fixture.verify(try fixture.issuer.token())
        #expect(fixture.fetcher.count == 1)
        fixture.clock.advance(by: .seconds(31))
        for number in 0..<1_000 {
            let token = try fixture.issuer.token(header: #"{"alg":"ES256","typ":"JWT","kid":"made-up-\#(number)"}"#)
            #expect(await fixture.verify(token).refusal == .unknownKey)
        }
        #expect(fixture.fetcher.count == 2)
        fixture.clock.advance(by: .seconds(30))
        _ = await fixture.verify(try fixture.issuer.token(header: #"{"alg":"ES256","typ":"JWT","kid":"again"}"#))
        #expect(fixture.fetcher.count == 3)
    }

    @Test("1,000 unknown keys at the same time wait for one fetch")
    func unknownKeysAtOnce() async throws {
        let gate = Gate()
        let fixture = try await Fixture(gate: gate)
        let issuer = fixture.issuer
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<1_000 {
                group.addTask {
                    guard let token = try? issuer.token(header: #"{"alg":"ES256","typ":"JWT","kid":"made-up-\#(number)"}"#) else { return false }
                    return await fixture.verify(token).principal == nil
                }
            }
            gate.open()
            for await refused in group { #expect(refused) }
        }
        #expect(fixture.fetcher.count == 1)
    }

    @Test("keys that the issuer has changed are found by the first token that names one, and the old ones end with the set")
    func rotation() async throws {
        let fixture = try await Fixture()
        let old = try fixture.issuer.token()
        #expect(await fixture.verify(old).principal != nil)
        let next = try await TestIssuer(kid: "two")
        fixture.fetcher.answer(json: try next.document)
        fixture.clock.advance(by: .seconds(31))
        #expect(await fixture.verify(try next.token()).principal != nil)
        #expect(fixture.fetcher.count == 2)
        #expect(await fixture.verify(old).refusal == .unknownKey)
    }

    @Test("while the issuer is down the last good set serves, and not longer than it may")
    func issuerDown() async throws {
        let fixture = try await Fixture(configuration: KeySetConfiguration(maximumAge: .seconds(3_000)))
        let claims = TestIssuer.claims.replacingOccurrences(of: "1767229200", with: "1767325600")
        let token = try fixture.issuer.token(claims: claims)
        #expect(await fixture.verify(token).principal != nil)
        fixture.fetcher.answer { _ in throw ScriptedFetcher.Down() }
        fixture.clock.advance(by: .seconds(601))
        #expect(await fixture.verify(token).principal != nil)
        let fetches = fixture.fetcher.count
        for _ in 0..<100 { #expect(await fixture.verify(token).principal != nil) }
        #expect(fixture.fetcher.count == fetches, "an issuer that is down is left alone for a while")
        fixture.clock.advance(by: .seconds(2_400))
        #expect(await fixture.verify(token).isUnavailable)
        fixture.fetcher.answer(json: try fixture.issuer.document)
        fixture.clock.advance(by: .seconds(5))
        #expect(await fixture.verify(token).principal != nil)
    }

    @Test("an answer that is no set of keys leaves the last good one", arguments: [
        "", "[]", "{}", #"{"keys":[]}"#, #"{"keys":1}"#, #"{"keys":[],"keys":[]}"#, #"{"keys":[{"kty":"oct","k":"AAAA","kid":"one-ES256"}]}"#,
    ])
    func badDocuments(text: String) async throws {
        let fixture = try await Fixture()
        let token = try fixture.issuer.token()
        #expect(await fixture.verify(token).principal != nil)
        fixture.fetcher.answer(json: text)
        fixture.clock.advance(by: .seconds(601))
        #expect(await fixture.verify(token).principal != nil)
        #expect(fixture.keys.snapshot.failures == 1)
    }

    @Test("without a set nobody gets in, and there is one attempt each interval")
    func neverFetched() async throws {
        let fixture = try await Fixture()
        fixture.fetcher.answer { _ in FetchResponse(status: 500, body: []) }
        let token = try fixture.issuer.token()
        for _ in 0..<100 { #expect(await fixture.verify(token).isUnavailable) }
        #expect(fixture.fetcher.count == 1)
        fixture.clock.advance(by: .seconds(5))
        #expect(await fixture.verify(token).isUnavailable)
        #expect(fixture.fetcher.count == 2)
    }

    @Test("a set that gets old is fetched in the background while it serves")
    func background() async throws {
        let gate = Gate()
        gate.open()
        let fixture = try await Fixture(gate: gate)
        let token = try fixture.issuer.token()
        _ = await fixture.verify(token)
        fixture.clock.advance(by: .seconds(481))
        #expect(await fixture.verify(token).principal != nil)
        while fixture.keys.snapshot.fetches < 2 { await Task.yield() }
        while fixture.keys.snapshot.age != .zero { await Task.yield() }
        #expect(fixture.fetcher.count == 2)
    }

    @Test("an issuer that does not answer is waited for as long as configured")
    func slowIssuer() async throws {
        let gate = Gate()
        let fixture = try await Fixture(gate: gate)
        let token = try fixture.issuer.token()
        async let verification = fixture.verify(token)
        try await gate.waitForWaiters(1)
        try await fixture.clock.waitForPending(1)
        fixture.clock.advance(by: .seconds(5))
        #expect(await verification.isUnavailable)
        gate.open()
    }

    @Test("a request that gives up does not take the fetch with it")
    func cancelled() async throws {
        let gate = Gate()
        // There is room for one who waits: who has left takes none.
        let fixture = try await Fixture(configuration: KeySetConfiguration(maximumWaiting: 1), gate: gate)
        func wait(for waiting: Int) async throws {
            while fixture.keys.waiting != waiting {
                try Task.checkCancellation()
                await Task.yield()
            }
        }
        let token = try fixture.issuer.token()
        let first = Task { await fixture.verify(token) }
        try await gate.waitForWaiters(1)
        try await wait(for: 2) // with the one who stays
        first.cancel()
        #expect(await first.value.isUnavailable)
        async let second = fixture.verify(token)
        try await wait(for: 2)
        gate.open()
        #expect(await second.principal != nil)
        #expect(fixture.fetcher.count == 1)
    }

    @Test("keys for other purposes, with private parts or of the wrong size are not used")
    func unusableKeys() async throws {
        let issuer = try await TestIssuer.shared.value
        let weak = [
            issuer.ecKey.replacingOccurrences(of: #""alg""#, with: #""use":"enc","alg""#), issuer.ecKey.replacingOccurrences(of: #""alg""#, with: #""d":"AA","alg""#),
            issuer.ecKey.replacingOccurrences(of: #""alg""#, with: #""key_ops":["sign"],"alg""#), issuer.ecKey.replacingOccurrences(of: "ES256\",\"x", with: "RS256\",\"x"),
            issuer.ecKey.replacingOccurrences(of: "P-256", with: "P-384"), issuer.ecKey.replacingOccurrences(of: "P-256", with: "secp256k1"),
            #"{"kty":"RSA","kid":"one-ES256","n":"AQAB","e":"AQAB"}"#, "1",
            #"{"kty":"EC","crv":"P-256","kid":"one-ES256","alg":"ES256","x":"\#(String(repeating: "A", count: 43))","y":"\#(String(repeating: "A", count: 43))"}"#,
        ]
        let fixture = try await Fixture(document: #"{"keys":[\#((weak + [issuer.edwardsKey]).joined(separator: ","))]}"#)
        #expect(await fixture.verify(try issuer.token("EdDSA")).principal != nil)
        #expect(fixture.keys.snapshot.keys == 1)
        #expect(await fixture.verify(try issuer.token("ES256")).refusal == .unknownKey)
        #expect(fixture.log.text.count { $0.contains("a key of the issuer is not used") } == weak.count)
    }

    @Test("a set with too many keys or bytes is refused")
    func limits() async throws {
        let issuer = try await TestIssuer.shared.value
        let many = try await Fixture(document: #"{"keys":[\#(Array(repeating: issuer.ecKey, count: 65).joined(separator: ","))]}"#)
        #expect(await many.verify(try issuer.token()).isUnavailable)
        let long = try await Fixture(document: try issuer.document, configuration: KeySetConfiguration(maximumBytes: 100))
        #expect(await long.verify(try issuer.token()).isUnavailable)
    }

    @Test("only encrypted addresses, this machine, and hosts allowed by name", arguments: [
        ("https://issuer.example/jwks", true), ("http://127.0.0.1:9/jwks", true), ("http://[::1]/jwks", true), ("http://localhost/jwks", true),
        ("http://issuer.example/jwks", false), ("http://keys.internal/jwks", true), ("http://127.0.0.1.evil.example/", false), ("ftp://issuer.example", false),
        ("https://user:pass@issuer.example/", false), ("file:///etc/passwd", false), ("https://", false), ("http://0x7f.1/", false),
    ])
    func addresses(url: String, isAllowed: Bool) throws {
        let make = {
            try KeySet(
                url: url, fetcher: ScriptedFetcher(json: "{}"), configuration: KeySetConfiguration(insecureHosts: ["keys.internal"]), clock: ManualClock(),
                logger: LogCapture().logger)
        }
        if isAllowed { _ = try make() } else { #expect(throws: AuthorizationError.self) { try make() } }
    }

    @Test("the lifetime follows Cache-Control within its bounds")
    func lifetimes() {
        let configuration = KeySetConfiguration()
        #expect(configuration.lifetime(allowed: nil) == .seconds(600))
        #expect(configuration.lifetime(allowed: 3_600) == .seconds(3_600))
        #expect(configuration.lifetime(allowed: 0) == .seconds(60))
        #expect(configuration.lifetime(allowed: .max) == .seconds(86_400))
        #expect(FetchResponse(status: 200, headers: [("Cache-Control", "public, max-age=120")], body: []).maximumAge == 120)
        #expect(FetchResponse(status: 200, headers: [("cache-control", "no-store")], body: []).maximumAge == 0)
    }
}

@Suite("The state of a key set")
struct KeySetStateMachineTests {
    typealias Machine = KeySetStateMachine<Int>

    static func text(_ answer: Machine.Answer) -> String {
        switch answer {
        case .keys(let keys, let refresh): "keys \(keys)\(refresh.map { " refresh \($0)" } ?? "")"
        case .fetch(let number): "fetch \(number)"
        case .unavailable(let wait): "unavailable \(wait)"
        }
    }

    @Test("every step of its life")
    func table() {
        var machine = Machine(KeySetConfiguration(lifetime: .seconds(100), maximumAge: .seconds(200)))
        func at(_ seconds: Int64) -> MonotonicTime { .zero + .seconds(seconds) }
        func look(_ seconds: Int64, hasWaited: Bool) -> String { Self.text(machine.look(now: at(seconds), hasWaited: hasWaited)) }
        func unknown(_ seconds: Int64) -> Int? { machine.lookForUnknown(now: at(seconds)) }
        func begin(_ number: Int, _ seconds: Int64) -> Bool { machine.begin(number, now: at(seconds)) }
        #expect(look(0, hasWaited: false) == "fetch 0")
        #expect(look(0, hasWaited: false) == "fetch 0")
        #expect(begin(0, 0))
        #expect(!begin(0, 0))
        machine.fail(now: at(1))
        #expect(!begin(0, 1))
        #expect(look(1, hasWaited: true) == "unavailable 5.0 seconds")
        #expect(look(2, hasWaited: false) == "unavailable 4.0 seconds")
        #expect(look(6, hasWaited: false) == "fetch 1")
        #expect(begin(1, 6))
        machine.succeed([1], allowedSeconds: nil, now: at(10))
        #expect(look(11, hasWaited: false) == "keys [1]")
        #expect(unknown(35) == nil)
        #expect(unknown(36) == 2)
        #expect(unknown(36) == 2)
        #expect(begin(2, 36))
        machine.succeed([2], allowedSeconds: nil, now: at(40))
        #expect(unknown(65) == nil)
        #expect(look(121, hasWaited: false) == "keys [2] refresh 3")
        #expect(look(121, hasWaited: false) == "keys [2]")
        #expect(begin(3, 121))
        machine.fail(now: at(122))
        #expect(look(141, hasWaited: false) == "fetch 4")
        #expect(look(141, hasWaited: true) == "keys [2]")
        #expect(begin(4, 141))
        machine.fail(now: at(142))
        #expect(look(240, hasWaited: true) == "keys [2]")
        #expect(look(241, hasWaited: true) == "unavailable 1.0 seconds")
    }

    @Test("in any order of events: one fetch at a time, its rates kept, no key beyond its age", arguments: 0..<200 as Range<UInt64>)
    func anyOrder(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let configuration = KeySetConfiguration(lifetime: .seconds(60), maximumAge: .seconds(120))
        var machine = Machine(configuration)
        var now = MonotonicTime.zero
        var underWay: Int?
        var wanted: Int?
        var lastBegin: MonotonicTime?
        var lastFailure: MonotonicTime?
        var fetchedAt: MonotonicTime?
        for _ in 0..<400 {
            now += .milliseconds(Int.random(in: 0..<12_000, using: &random))
            switch Int.random(in: 0..<5, using: &random) {
            case 0, 1:
                switch machine.look(now: now, hasWaited: Bool.random(using: &random)) {
                case .keys(_, let refresh):
                    let age = now - (fetchedAt ?? .distantFuture)
                    #expect(age >= .zero && age <= configuration.maximumAge)
                    if let refresh { wanted = refresh }
                case .fetch(let number): wanted = number
                case .unavailable(let wait): #expect(wait > .zero)
                }
            case 2:
                if let number = machine.lookForUnknown(now: now) {
                    if wanted == nil, underWay == nil, let lastBegin { #expect(now - lastBegin >= configuration.unknownKeyInterval) }
                    wanted = number
                }
            case 3:
                guard let number = wanted else { continue }
                if machine.begin(number, now: now) {
                    #expect(underWay == nil)
                    underWay = number
                    lastBegin = now
                }
            default:
                guard underWay != nil else { continue }
                underWay = nil
                wanted = nil
                if Bool.random(using: &random) {
                    machine.succeed([1], allowedSeconds: nil, now: now)
                    (fetchedAt, lastFailure) = (now, nil)
                } else {
                    machine.fail(now: now)
                    lastFailure = now
                }
            }
            if let lastFailure, underWay == nil, wanted == nil, now - lastFailure < configuration.retryInterval {
                if case .fetch = machine.look(now: now, hasWaited: false) { Issue.record("asked again too early") }
            }
        }
    }
}
