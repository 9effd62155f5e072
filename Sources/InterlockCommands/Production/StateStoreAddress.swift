import InterlockConcurrency
import InterlockRedis
import InterlockSQLite
import InterlockStorage

/// Where a command finds the values that instances share: any URL that `interlock serve --redis` takes, or `sqlite:FILE` as `--session-store` has it.
enum StateStoreAddress: Sendable {
    case redis(RedisConfiguration)
    case sqlite(path: String)

    init(_ text: String) throws(SettingsError) {
        if text.hasPrefix("sqlite:"), text.count > "sqlite:".count {
            self = .sqlite(path: String(text.dropFirst("sqlite:".count)))
            return
        }
        do throws(RedisConfigurationError) {
            self = .redis(try RedisConfiguration(url: text))
        } catch where error.code == .scheme {
            throw SettingsError("--store: expected the URL that --redis has (redis://host:port/0?prefix=x), or sqlite: and the path that --session-store has")
        } catch {
            throw SettingsError("--store: \(error)")
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
        case .redis(var configuration):
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
