import Foundation
import InterlockServer
import Synchronization
import Testing

@Suite("The directory of tenants")
struct TenantDirectoryTests {
    private final class Source: Sendable {
        let text: Mutex<String>
        init(_ text: String) { self.text = Mutex(text) }
        func set(_ new: String) { text.withLock { $0 = new } }
        var bytes: [UInt8] { text.withLock { Array($0.utf8) } }
    }

    private struct Unreadable: Error {}

    @Test("finds tenants by their bytes, and others by the rule for them")
    func lookup() {
        var configuration = TenantConfiguration(tenants: ["\u{e9}": TenantPolicy()])
        let directory = TenantDirectory(configuration)
        #expect(directory.terms(of: "\u{e9}") != nil)
        #expect(directory.terms(of: "e\u{301}") == nil)
        #expect(directory.terms(of: nil) == nil)
        configuration.unknownTenants = .defaults
        configuration.withoutTenant = .defaults
        directory.replace(configuration)
        #expect(directory.terms(of: "e\u{301}")?.policy == TenantPolicy())
        #expect(directory.terms(of: nil) != nil)
    }

    @Test("keeps the configuration in force when the new one is bad, and says why")
    func badReload() throws {
        let source = Source(#"{ "tenants": { "acme": { "weight": 2 } } }"#)
        let directory = try TenantDirectory { source.bytes }
        source.set(#"{ "tenants": { "acme": { "weight": 2000 } } }"#)
        #expect(throws: TenantConfigurationError.self) { try directory.reload() }
        #expect(directory.lastFailure?.problems.first?.path == "/tenants/acme/weight")
        #expect(directory.terms(of: "acme")?.policy.weight == 2)
        source.set(#"{ "tenants": { "acme": { "weight": 9 }, "new": {} } }"#)
        let change = try directory.reload()
        #expect(change.changed == ["acme"])
        #expect(change.added == ["new"])
        #expect(directory.lastFailure == nil)
        #expect(directory.terms(of: "acme")?.policy.weight == 9)
    }

    @Test("reports a source that cannot be read, and a directory without one")
    func unreadable() {
        #expect(throws: TenantConfigurationError.self) { try TenantDirectory { throw Unreadable() } }
        #expect(throws: TenantConfigurationError.self) { try TenantDirectory(file: "/nowhere/tenants.json") }
        #expect(throws: TenantConfigurationError.self) { try TenantDirectory(TenantConfiguration()).reload() }
    }

    @Test("tells observers whose features have changed, and nobody else's")
    func observers() {
        var configuration = TenantConfiguration(tenants: ["a": TenantPolicy(), "b": TenantPolicy()])
        let directory = TenantDirectory(configuration)
        let seen = Mutex<[(Bool, Bool, Bool)]>([])
        directory.onChange { change in
            seen.withLock { $0.append((change.changesFeatures(of: "a"), change.changesFeatures(of: "b"), change.changesFeatures(of: "stranger"))) }
        }
        configuration.tenants["a"]?.tools = NameAllowance(["x"])
        configuration.tenants["b"]?.weight = 3
        directory.replace(configuration)
        #expect(seen.withLock { $0.count } == 1)
        #expect(seen.withLock { $0[0] == (true, false, false) })
    }
}
