import ArgumentParser
import Foundation
import InterlockAdmin
import InterlockJSON
import InterlockStorage
import Logging
import Testing

@testable import InterlockCommands

@Suite("Settings")
struct SettingsTests {
    private func settings(_ flags: [Setting: String] = [:], _ environment: [String: String] = [:], file: [Setting: String]? = nil) throws -> ServeSettings {
        try ServeSettings(SettingsLayers(flags: flags, environment: environment, file: file.map { ("interlock.json", $0) }))
    }

    @Test("everything has its documented default")
    func defaults() throws {
        let settings = try settings()
        #expect(settings.host == "127.0.0.1")
        #expect(settings.port == 8_080)
        #expect(settings.usesStdio == false)
        #expect(settings.documents == nil)
        #expect(settings.maximumConnections == 10_000)
        #expect(settings.connectionTimeout == .seconds(4 * 3_600))
        #expect(settings.idleTimeout == .seconds(600))
        #expect(settings.maximumInFlight == nil)
        #expect(settings.queueDepth == 1_000)
        #expect(settings.queueDeadline == .seconds(30))
        #expect(settings.allowedHosts.isEmpty && settings.allowedOrigins.isEmpty && settings.trustedProxies.isEmpty)
        #expect(settings.sessionStore == .memory)
        #expect(settings.tls == nil)
        #expect(settings.isUnsafeDemo == false)
        #expect(settings.logLevel == .info)
        #expect(settings.drainDeadline == .seconds(30) && settings.drainGrace == .seconds(2))
    }

    @Test("the admin listener is told its address, its token and the names it may be addressed by")
    func adminAddress() throws {
        #expect(try settings([.adminPort: "0"]).adminAllowedHosts.isEmpty)
        let settings = try settings([:], ["INTERLOCK_ADMIN_PORT": "9090", "INTERLOCK_ADMIN_HOST": "::1", "INTERLOCK_ADMIN_ALLOWED_HOSTS": "10.1.2.3, admin.example:9090"])
        let configuration = try #require(try Operations(settings, logger: Logger(label: "test"))).configuration
        #expect(configuration.host == "::1" && configuration.port == 9_090 && configuration.token == nil)
        #expect(configuration.allowedHosts == ["10.1.2.3", "admin.example:9090"])
    }

    @Test("a flag wins over the environment, the environment over the file, the file over the default")
    func precedence() throws {
        let environment = ["INTERLOCK_PORT": "2"]
        #expect(try settings([.port: "1"], environment, file: [.port: "3"]).port == 1)
        #expect(try settings([:], environment, file: [.port: "3"]).port == 2)
        #expect(try settings([:], [:], file: [.port: "3"]).port == 3)
        #expect(try settings([:], [:], file: [:]).port == 8_080)
    }

    @Test("every setting is read from its variable", arguments: Setting.allCases)
    func variables(_ setting: Setting) throws {
        let layers = SettingsLayers(flags: [:], environment: [setting.variable: "some text"], file: nil)
        let found = try #require(try layers[setting])
        #expect(found.value == "some text")
        #expect(found.source == setting.variable)
    }

    @Test("the limit of connections is read from MCP_MAX_CONNECTIONS too, after INTERLOCK_MAX_CONNECTIONS and before the file")
    func otherVariable() throws {
        #expect(try settings([:], ["MCP_MAX_CONNECTIONS": "7"], file: [.maxConnections: "9"]).maximumConnections == 7)
        #expect(try settings([:], ["MCP_MAX_CONNECTIONS": "7", "INTERLOCK_MAX_CONNECTIONS": "8"]).maximumConnections == 8)
    }

    @Test("connections to Redis are counted by the flag, then INTERLOCK_CONNECTION_POOL_SIZE, then MCP_CONNECTION_POOL_SIZE, then the file")
    func connectionPoolSize() throws {
        let (mcp, own) = (["MCP_CONNECTION_POOL_SIZE": "5"], ["INTERLOCK_CONNECTION_POOL_SIZE": "6"])
        #expect(try settings([.connectionPoolSize: "7"], mcp.merging(own) { $1 }, file: [.connectionPoolSize: "8"]).connectionPoolSize == 7)
        #expect(try settings([:], mcp.merging(own) { $1 }, file: [.connectionPoolSize: "8"]).connectionPoolSize == 6)
        #expect(try settings([:], mcp, file: [.connectionPoolSize: "8"]).connectionPoolSize == 5)
        #expect(try settings([:], [:], file: [.connectionPoolSize: "8"]).connectionPoolSize == 8)
        #expect(try settings().connectionPoolSize == nil)
    }

    @Test("MCP_CONNECTION_POOL_SIZE that is no number from 1 to 64 is an error that names it", arguments: ["0", "65", "-1", "2.5", "many", ""])
    func wrongConnectionPoolSize(value: String) {
        let error = #expect(throws: SettingsError.self) { try settings([:], ["MCP_CONNECTION_POOL_SIZE": value]) }
        #expect(error?.message == "MCP_CONNECTION_POOL_SIZE is \"\(value)\": give a whole number from 1 to 64")
    }

    @Test("rates while their store is away: all of each limit with a file of this machine, half of it with Redis, unless it is said", arguments: [
        ("deny", .deny), ("allow", .allow), ("local:0.25", .local(fraction: 0.25)), (nil, nil),
    ] as [(String?, ServeSettings.RateFallback?)])
    func rateFallbacks(text: String?, fallback: ServeSettings.RateFallback?) throws {
        let settings = try settings(text.map { [.sqliteFallback: $0, .redisFallback: $0, .sqliteBudget: "80ms"] } ?? [:])
        #expect(settings.sqliteFallback == fallback ?? .local(fraction: 1) && settings.redisFallback == fallback ?? .local(fraction: 0.5))
        #expect(settings.sqliteBudget == (text == nil ? nil : .milliseconds(80)))
    }

    @Test("a variable that only looks like a setting is named, with the setting it may have meant")
    func misspeltVariables() {
        let environment = ["INTERLOCK_MAX_CONECTIONS": "7", "INTERLOCK_PORT": "1", "INTERLOCK_CONFIG": "x", "PATH": "/bin"]
        let unknown = Setting.unknownVariables(in: environment)
        #expect(unknown.map(\.variable) == ["INTERLOCK_MAX_CONECTIONS"])
        #expect(unknown.first?.nearest == "INTERLOCK_MAX_CONNECTIONS")
    }

    @Test("sessions are kept in a file or in Redis: both at once are refused, and neither is dropped unseen")
    func twoStores() throws {
        let file = [Setting.sessionStore: "sqlite:/tmp/x"], redis = [Setting.redis: "redis://127.0.0.1:1"]
        let error = #expect(throws: SettingsError.self) { try settings(file.merging(redis) { $1 }) }
        #expect(error?.message.contains("--session-store sqlite:/tmp/x") == true && error?.message.contains("--redis") == true)
        #expect(throws: SettingsError.self) { try settings(redis, [Setting.sessionStore.variable: "sqlite:/tmp/x"]) }
        #expect(try settings(redis.merging([.sessionStore: "memory"]) { $1 }).redis != nil)
        #expect(try settings(file).redis == nil)
    }

    @Test("a budget of bytes that could hold nothing is refused", arguments: [Setting.eventStoreBytes, .pendingBytes, .unsentBytes, .maxBodyBytes])
    func emptyBudgets(_ setting: Setting) {
        #expect(throws: SettingsError.self) { try settings([setting: "0"]) }
    }

    @Test("a bound for events that Redis would not heed is refused, wherever either stands; in memory and in SQLite it holds")
    func eventsInRedis() throws {
        let bytes = [Setting.eventStoreBytes: "1000"], redis = [Setting.redis: "redis://127.0.0.1:1"]
        for (flags, environment, file, place) in [
            (bytes.merging(redis) { $1 }, [:], nil, "--event-store-bytes"), (redis, [Setting.eventStoreBytes.variable: "1000"], nil, Setting.eventStoreBytes.variable),
            (redis, [:], bytes, "interlock.json"), (bytes, [Setting.redis.variable: "redis://127.0.0.1:1"], nil, "--event-store-bytes"),
        ] as [([Setting: String], [String: String], [Setting: String]?, String)] {
            let error = #expect(throws: SettingsError.self) { try settings(flags, environment, file: file) }
            #expect(error?.message.contains(place) == true && error?.message.contains("--redis") == true, "\(error?.message ?? "")")
        }
        #expect(try settings(bytes).eventStoreBytes == 1_000 && settings(redis).eventStoreBytes == nil)
        #expect(try settings(bytes.merging([.sessionStore: "sqlite:/tmp/x"]) { $1 }).eventStoreBytes == 1_000)
    }

    @Test("policies of tools stand in the file as an object, or anywhere as its text, and what is wrong with them is said by its place")
    func toolPolicies() throws {
        let file = try SettingsFile.settings(in: RawJSON(parsing: #"{"tool-policies":{"search_documents":{"concurrency":2}}}"#), path: "interlock.json")
        #expect(try settings(file: file).toolPolicies?["search_documents"]?["concurrency"]?.int == 2)
        let wrong = #expect(throws: SettingsError.self) { try settings([.toolPolicies: #"{"search_documents":{"concurency":2}}"#]) }
        #expect(wrong?.description.contains("tool-policies.search_documents.concurency") == true)
        #expect(wrong?.description.contains("did you mean \"concurrency\"?") == true)
    }

    @Test("a profile sets the idle timeout, unless that is set itself anywhere")
    func profiles() throws {
        #expect(try settings([.sessionProfile: "interactive"]).idleTimeout == .seconds(600))
        #expect(try settings([.sessionProfile: "agent"]).idleTimeout == .seconds(3_600))
        #expect(try settings([.sessionProfile: "agent"], [:], file: [.idleTimeout: "90s"]).idleTimeout == .seconds(90))
    }

    @Test("lists are taken apart at commas")
    func lists() throws {
        #expect(try settings([.allowedHosts: "a.example, b.example:8080,,"]).allowedHosts == ["a.example", "b.example:8080"])
        #expect(try settings([.allowedOrigins: ""]).allowedOrigins.isEmpty)
    }

    @Test("stores are memory, or SQLite at a path")
    func stores() throws {
        #expect(try settings([.sessionStore: "memory"]).sessionStore == .memory)
        #expect(try settings([.sessionStore: "sqlite:/tmp/a b.db"]).sessionStore == .sqlite(path: "/tmp/a b.db"))
    }

    @Test("a value that cannot be used is an error that names where it stands and what would be right", arguments: [
        (.port, "65536"), (.port, "-1"), (.port, "http"), (.port, ""), (.maxConnections, "0"), (.maxInFlight, "1.5"), (.queueDepth, "-1"),
        (.idleTimeout, "0"), (.idleTimeout, "-5s"), (.idleTimeout, "soon"), (.queueDeadline, "5 parsecs"), (.drainDeadline, "1e3"),
        (.connectionTimeout, "9999999h"), (.sessionProfile, "robot"), (.sessionStore, "redis"), (.sessionStore, "sqlite:"), (.stdio, "perhaps"),
        (.logLevel, "loud"), (.unsafeDemo, "2"), (.sqliteFallback, "local:0"), (.redisFallback, "local"), (.sqliteBudget, "0"), (.connectionPoolSize, "65"),
    ] as [(Setting, String)])
    func wrong(setting: Setting, value: String) {
        for (flags, environment, file, place) in [
            ([setting: value], [:], nil, "--" + setting.rawValue), ([:], [setting.variable: value], nil, setting.variable),
            ([:], [:], [setting: value], "interlock.json"),
        ] as [([Setting: String], [String: String], [Setting: String]?, String)] {
            let error = #expect(throws: SettingsError.self) { try settings(flags, environment, file: file) }
            #expect(error?.message.contains(place) == true, "\(error?.message ?? "")")
            #expect(error?.message.contains("\"\(value)\"") == true, "\(error?.message ?? "")")
        }
    }

    @Test("certificate and key belong together, and a build without TLS says so")
    func tls() {
        #expect(throws: SettingsError.self) { try settings([.tlsCert: "cert.pem"]) }
        #expect(throws: SettingsError.self) { try settings([.tlsKey: "key.pem"]) }
        #if !TLS
        let error = #expect(throws: SettingsError.self) { try settings([.tlsCert: "cert.pem", .tlsKey: "key.pem"]) }
        #expect(error?.message.contains("--traits TLS") == true)
        #endif
    }

    @Test("lengths of time have units", arguments: [
        ("250ms", .milliseconds(250)), ("30s", .seconds(30)), ("10m", .seconds(600)), ("4h", .seconds(14_400)), ("1.5h", .seconds(5_400)),
        ("2d", .seconds(172_800)), ("45", .seconds(45)), ("0.5", .milliseconds(500)),
    ] as [(String, Duration)])
    func durations(text: String, duration: Duration) {
        #expect(Duration(setting: text) == duration)
    }

    @Test("a file's numbers, booleans and arrays mean what they would as flags")
    func file() throws {
        let json = try RawJSON(parsing: #"{"port": 9000, "stdio": true, "allowed-hosts": ["a", "b"], "idle-timeout": "5m"}"#)
        let settings = try settings([:], [:], file: SettingsFile.settings(in: json, path: "x.json"))
        #expect(settings.port == 9_000)
        #expect(settings.usesStdio)
        #expect(settings.allowedHosts == ["a", "b"])
        #expect(settings.idleTimeout == .seconds(300))
    }

    @Test("a file with an unknown setting, a value of the wrong kind, or no object is refused by name", arguments: [
        (#"{"prot": 1}"#, "prot"), (#"{"port": null}"#, "port"), (#"{"host": {}}"#, "host"), (#"{"allowed-hosts": [1]}"#, "allowed-hosts"), ("[]", "object"),
    ])
    func wrongFile(text: String, hint: String) throws {
        let json = try RawJSON(parsing: text)
        let error = #expect(throws: SettingsError.self) { try SettingsFile.settings(in: json, path: "x.json") }
        #expect(error?.message.contains(hint) == true)
        #expect(error?.message.contains("x.json") == true)
    }

    @Test("a file that is not there is refused by name")
    func missingFile() {
        let error = #expect(throws: SettingsError.self) { try SettingsFile.read("/no/such/file.json") }
        #expect(error?.message.contains("/no/such/file.json") == true)
    }

    @Test("flags reach the settings, those not given do not")
    func flags() throws {
        let options = try ServeOptions.parse([
            "--host", "0.0.0.0", "--port", "9", "--stdio", "--documents", "d", "--max-connections", "1", "--connection-timeout", "2s",
            "--idle-timeout", "3s", "--session-profile", "agent", "--max-in-flight", "4", "--queue-depth", "5", "--queue-deadline", "6s",
            "--allowed-hosts", "a,b", "--allowed-hosts", "c", "--allowed-origins", "o", "--trusted-proxies", "10.0.0.0/8",
            "--session-store", "memory", "--log-level", "debug", "--drain-deadline", "7s", "--unsafe-demo",
        ])
        let settings = try options.settings(environment: ["INTERLOCK_PORT": "1000"])
        #expect(settings.host == "0.0.0.0")
        #expect(settings.port == 9)
        #expect(settings.usesStdio && settings.isUnsafeDemo)
        #expect(settings.allowedHosts == ["a", "b", "c"])
        #expect(settings.trustedProxies == ["10.0.0.0/8"])
        #expect(settings.maximumInFlight == 4)
        #expect(settings.logLevel == .debug)
        #expect(settings.drainDeadline == .seconds(7))
        #expect(try ServeOptions.parse([]).given.isEmpty)
    }
}
