@testable import InterlockCommands
import InterlockRedis
import InterlockServer
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
}
