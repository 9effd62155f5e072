import Foundation
import InterlockConcurrency
import InterlockServer
import Testing

@Suite("The configuration of tenants")
struct TenantConfigurationTests {
    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private func read(_ json: String) throws -> TenantConfiguration {
        try TenantConfiguration(json: Array(json.utf8))
    }

    private func problems(_ json: String) -> [String] {
        do {
            _ = try read(json)
            return []
        } catch let error as TenantConfigurationError {
            return error.problems.map(\.description)
        } catch {
            return ["another error: \(error)"]
        }
    }

    @Test("has defaults of 1,000 requests a minute and 100 at once, and refuses strangers")
    func defaults() throws {
        let configuration = try read("{}")
        #expect(configuration == TenantConfiguration())
        #expect(configuration.defaults.rateLimits == [RateLimit(1_000, per: .seconds(60), burst: 100)])
        #expect(configuration.unknownTenants == .refuse)
        #expect(configuration.withoutTenant == .refuse)
    }

    @Test("a tenant takes over from the defaults what it does not say, and of tools what it does not name")
    func inheritance() throws {
        let configuration = try read("""
            { "defaults": { "weight": 2, "maximumSessions": 7, "toolCosts": { "a": 2, "b": 3 }, "toolRateLimits": { "a": [{ "count": 1, "period": "1s" }] },
                            "whenStoreFails": "local", "localFraction": 0.25 },
              "tenants": { "acme": { "weight": 5, "tools": ["a", "files_*"], "toolCosts": { "b": 4 } }, "plain": {} } }
            """)
        let acme = try #require(configuration.tenants["acme"])
        #expect(acme.weight == 5)
        #expect(acme.maximumSessions == 7)
        #expect(acme.toolCosts == ["a": 2, "b": 4])
        #expect(acme.toolRateLimits == ["a": [RateLimit(1, per: .seconds(1))]])
        #expect(acme.whenStoreFails == .local(0.25))
        #expect(acme.tools.allows("files_read"))
        #expect(!acme.tools.allows("b"))
        #expect(configuration.tenants["plain"] == configuration.defaults)
    }

    @Test("says which member is wrong, what was wrong and what is allowed", arguments: [
        (#"{ "tenant": {} }"#, #"unknown property "tenant"; did you mean "tenants"?"#),
        (#"{ "tenants": { "a/b": { "wieght": 3 } } }"#, #"/tenants/a~1b/wieght: unknown property "wieght"; did you mean "weight"?"#),
        (#"{ "tenants": { "acme": { "weight": 0 } } }"#, "/tenants/acme/weight: "),
        (#"{ "defaults": { "rateLimits": [{ "count": 5 }] } }"#, #"/defaults/rateLimits/0: missing required property "period""#),
        (#"{ "defaults": { "rateLimits": [{ "count": 5, "period": "0s" }] } }"#, #"/defaults: "rateLimits[0].period" is "0s": give a length of time such as"#),
        (#"{ "tenants": { "acme": { "toolRateLimits": { "a.b": [{ "count": 5, "period": "soon" }] } } } }"#, #"/tenants/acme: "toolRateLimits.a.b[0].period" is "soon": give"#),
        (#"{ "defaults": { "whenStoreFails": "denny" } }"#, #"/defaults/whenStoreFails: expected one of "deny", "allow", "local", got "denny"; did you mean "deny"?"#),
        (#"{ "defaults": { "maximumInFlight": "8" } }"#, #"/defaults/maximumInFlight: expected an integer, got the string "8"; send a number without quotes"#),
        (#"{ "defaults": { "tools": ["a*b"] } }"#, "/defaults/tools/0: "),
        (#"{ "tenants": { "acme": {}, "acme": {} } }"#, "/tenants/acme: this name occurs twice in its object; keep one of them"),
        (#"{ "tenants": { "acme": { "weight": 1, "weight": 2 } } }"#, "/tenants/acme/weight: this name occurs twice in its object; keep one of them"),
        (#"{ "tenants": { "acme": { "toolCosts": { "big": 101 } } } }"#, "/tenants/acme/toolCosts/big: a call that costs 101 never fits into a burst of 100; lower the cost or raise the burst in rateLimits"),
        (#"{ "tenants": { "é": {}, "e\u0301": {} } }"#, "another name reads the same as this one"),
        (#"{ "tenants": "#, "no JSON: "),
    ])
    func errors(json: String, message: String) {
        let found = problems(json)
        #expect(found.count == 1)
        #expect(found.first?.contains(message) == true, "\(found)")
    }

    @Test("reports everything that is wrong at once")
    func severalErrors() {
        #expect(problems(#"{ "x": 1, "tenants": { "a": { "weight": 0 }, "b": { "weight": 1001 } } }"#).count == 3)
    }

    @Test("the example of docs/tenants.md is a configuration that holds what the page says of it")
    func documentation() throws {
        let page = try String(contentsOf: Self.root.appending(path: "docs/tenants.md"), encoding: .utf8)
        let example = try #require(page.firstMatch(of: /```json\n([^`]*)```/)?.output.1)
        let configuration = try read(String(example))
        let acme = try #require(configuration.tenants["acme"])
        #expect(acme.weight == 3)
        #expect(acme.rateLimits.count == 2)
        #expect(acme.toolCosts["render_report"] == 10)
        #expect(configuration.tenants["legacy"]?.isEnabled == false)
    }
}
