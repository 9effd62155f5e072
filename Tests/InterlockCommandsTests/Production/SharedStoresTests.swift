import Foundation
import InterlockAdmin
@testable import InterlockCommands
import InterlockConcurrency
import InterlockRedis
import InterlockServer
import InterlockSQLite
import InterlockStorage
import Logging
import Testing

@Suite("What instances share, as the settings say")
struct SharedStoresTests {
    @Test("with Redis the tools' rates have the fallback of the command line, and the tenants' the store itself, whose silence their own rules are for")
    func rates() throws {
        let settings = try ServeSettings(SettingsLayers(flags: [.redis: "redis://127.0.0.1:1", .redisFallback: "allow"], environment: [:], file: nil))
        var configuration = ServerConfiguration(name: "s", version: "1")
        try SharedStores(settings, logger: Logger(label: "test")).apply(to: &configuration)
        #expect(configuration.rateLimitStore is ResilientRateLimitStore)
        #expect(configuration.tenantRateLimitStore is RedisRateLimitStore)
    }

    @Test("MCP_CONNECTION_POOL_SIZE is the number of connections that Redis is to have, over what its URL says; without it the URL's, else two", arguments: [
        (["MCP_CONNECTION_POOL_SIZE": "5"], "?pool=3", 5), ([:], "?pool=3", 3), ([:], "", 2),
    ] as [([String: String], String, Int)])
    func connectionPool(environment: [String: String], query: String, expected: Int) throws {
        let settings = try ServeSettings(SettingsLayers(flags: [.redis: "redis://127.0.0.1:1" + query], environment: environment, file: nil))
        let stores = try SharedStores(settings, logger: Logger(label: "test"))
        #expect(stores.observed.map { $0.condition.traffic?.connections?.wanted } == [expected])
    }

    @Test("tenants are kept in a store only where there is one, and a server whose store has none does not begin to serve")
    func tenantsInStore() async throws {
        func settings(_ more: [Setting: String]) throws -> ServeSettings {
            try ServeSettings(SettingsLayers(flags: [.tenants: "store"].merging(more) { $1 }, environment: [:], file: nil))
        }
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let refused = #expect(throws: SettingsError.self) { try Production(try settings([:]), logger: log) }
        #expect(refused.map { "\($0)".contains("--redis") } == true)
        let folder = FileManager.default.temporaryDirectory.appending(path: "interlock-shared-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) } // only litter in the temporary folder is at stake
        let place = "sqlite:\(folder.path)/stores.sqlite"
        let production = try Production(try settings([.sessionStore: place]), logger: log)
        let missing = await #expect(throws: SettingsError.self) { try await production.start() }
        #expect(missing.map { "\($0)".contains("interlock tenants put") } == true)
        _ = try await StateStoreAddress(place).withStore { try await TenantDocument($0).put(Array(#"{"tenants":{"acme":{}}}"#.utf8)) }
        try await production.start()
        var configuration = ServerConfiguration(name: "s", version: "1")
        production.apply(to: &configuration)
        #expect(configuration.tenants?.terms(of: "acme") != nil && configuration.tenants?.terms(of: "globex") == nil)
        await production.shutDown()
    }

    @Test("the commands about tenants take every URL that --redis takes", arguments: [
        "redis://h", "REDIS://h:1/2?prefix=x", "rediss://u:p@h", "redis+sentinel://h1,h2:7/m/0?sentinel-password=p", "rediss+sentinel://h/m", "redis+cluster://h1,h2", "rediss+cluster://h",
    ])
    func oneParser(url: String) throws {
        guard case .redis(let configuration) = try StateStoreAddress(url) else {
            Issue.record("\(url) is no Redis")
            return
        }
        #expect(configuration.topology == (try RedisConfiguration(url: url)).topology)
    }

    @Test("an address of no store is refused with what there is, a Redis URL that is wrong with what is wrong about it; neither shows the password")
    func wrongAddress() {
        for text in ["tenants.json", "sqlite:", "http://u:hunter2@h", "redis://u:hunter2@h?pools=2", "redis+sentinel://u:hunter2@h", "redis://h?sentinel-password=hunter2"] {
            let error = #expect(throws: SettingsError.self, "\(text)") { try StateStoreAddress(text) }
            #expect(error?.message.hasPrefix("--store: ") == true && error?.message.contains("hunter2") == false, "\(error?.message ?? "")")
            #expect(error?.message.contains("sqlite:") == !text.hasPrefix("redis"), "\(error?.message ?? "")")
        }
    }

    @Test("with SQLite the rates of tools and tenants are in the file, the tools' with a limit in the process beside it; in memory there is no store of them")
    func sqliteRates() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "interlock-shared-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) } // only litter in the temporary folder is at stake
        let settings = try ServeSettings(SettingsLayers(flags: [.sessionStore: "sqlite:\(folder.path)/stores.sqlite"], environment: [:], file: nil))
        var configuration = ServerConfiguration(name: "s", version: "1")
        let stores = try SharedStores(settings, logger: Logger(label: "test"))
        stores.apply(to: &configuration)
        #expect(configuration.rateLimitStore is ResilientRateLimitStore)
        #expect(configuration.tenantRateLimitStore is SQLiteRateLimitStore)
        #expect(stores.observed.map(\.observedName) == ["sqlite"] && stores.observed.allSatisfy { $0.condition.outage == nil })
        #expect(stores.observed.allSatisfy { $0.condition.traffic?.breaker == .closed && $0.condition.traffic?.connections == nil })
        #expect(stores.standingFields?().isEmpty == true)
        await stores.shutDown()

        let memory = try SharedStores(try ServeSettings(SettingsLayers(flags: [:], environment: [:], file: nil)), logger: Logger(label: "test"))
        var plain = ServerConfiguration(name: "s", version: "1")
        memory.apply(to: &plain)
        #expect(plain.rateLimitStore == nil && plain.tenantRateLimitStore == nil && memory.observed.isEmpty && memory.standingFields == nil)
    }
}
