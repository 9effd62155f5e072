import InterlockConcurrency
import InterlockRedis
import InterlockSQLite
import InterlockStorage

/// Where a command finds the values that instances share: `redis://…` or `sqlite:FILE`, as `interlock serve` is told.
enum StateStoreAddress: Sendable {
    case redis(String)
    case sqlite(path: String)

    init(_ text: String) throws(SettingsError) {
        if text.hasPrefix("redis://") || text.hasPrefix("rediss://") {
            self = .redis(text)
        } else if text.hasPrefix("sqlite:"), text.count > "sqlite:".count {
            self = .sqlite(path: String(text.dropFirst("sqlite:".count)))
        } else {
            throw SettingsError("--store: expected the URL that --redis has (redis://host:port/0?prefix=x), or sqlite: and the path that --session-store has")
        }
    }

    /// Opens the store for as long as `body` takes.
    func withStore<Result>(_ body: (any StateStore) async throws -> Result) async throws -> Result {
        switch self {
        case .sqlite(let path):
            var configuration = SQLiteStores.Configuration()
            configuration.writeBudget = Self.budget
            let stores = try SQLiteStores(path: path, configuration: configuration)
            let result: Result
            do { result = try await body(stores.state) } catch {
                try? stores.close() // what failed first is thrown
                throw error
            }
            try stores.close()
            return result
        case .redis(let url):
            var configuration = try RedisConfiguration(url: url)
            configuration.poolSize = 1
            configuration.budget = max(configuration.budget, Self.budget)
            let client = try RedisClient(configuration)
            do {
                try await client.start()
                let result = try await body(RedisStateStore(client))
                await client.shutDown()
                return result
            } catch {
                await client.shutDown()
                throw error
            }
        }
    }

    /// A person waits longer than a request.
    private static let budget = Duration.seconds(5)
}
