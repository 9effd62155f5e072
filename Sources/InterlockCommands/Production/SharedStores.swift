import InterlockAdmin
import InterlockConcurrency
import InterlockRedis
import InterlockServer
import InterlockSQLite
import InterlockStorage
import Logging

/// What outlives the process, or is shared by several: nothing, a SQLite file, or Redis.
struct SharedStores {
    private enum Place {
        case memory
        case sqlite(SQLiteStores, ResilientRateLimitStore)
        case redis(RedisClient, RedisEventStore, RedisRateLimitStore, ResilientRateLimitStore)
    }

    private let place: Place
    private let logger: Logger

    init(_ settings: ServeSettings, logger: Logger) throws {
        self.logger = logger
        if let url = settings.redis {
            var configuration = try RedisConfiguration(url: url)
            if let size = settings.connectionPoolSize { configuration.poolSize = size }
            let client = try RedisClient(configuration, log: logger)
            let rates = RedisRateLimitStore(client)
            place = .redis(client, RedisEventStore(client), rates, ResilientRateLimitStore(rates, whenDegraded: settings.redisFallback))
        } else if case .sqlite(let path) = settings.sessionStore {
            var configuration = SQLiteStores.Configuration()
            if let bytes = settings.eventStoreBytes { configuration.events.bytes = bytes }
            if let budget = settings.sqliteBudget { configuration.wait(atMost: budget) }
            let stores = try SQLiteStores(path: path, configuration: configuration)
            place = .sqlite(stores, ResilientRateLimitStore(stores.rates, whenDegraded: settings.sqliteFallback))
        } else {
            place = .memory
        }
    }

    /// Whether accounts and users are to be found by others, or after a restart.
    var isShared: Bool { if case .memory = place { false } else { true } }

    /// What every HTTP response says of the stores; `nil` where there is nothing that could be out of reach.
    var standingFields: (@Sendable () -> [(name: String, value: String)])? {
        let field: DegradedField
        switch place {
        case .memory: return nil
        case .sqlite(let stores, _): field = DegradedField { stores.health.outage != nil }
        case .redis(let client, _, _, _): field = DegradedField { client.isDegraded }
        }
        return { field.fields }
    }

    /// The stores as the dashboard and the metrics see them.
    var observed: [any ObservedStore] {
        switch place {
        case .memory: []
        case .sqlite(let stores, _): [ObservedSQLite(stores: stores)]
        case .redis(let client, _, _, _): [ObservedRedis(client: client)]
        }
    }

    /// Where values are kept that every instance is to find; `nil` if nothing outlives the process.
    var state: (any StateStore)? {
        switch place {
        case .memory: nil
        case .sqlite(let stores, _): stores.state
        case .redis(let client, _, _, _): RedisStateStore(client)
        }
    }

    /// Gives the server its stores.
    func apply(to configuration: inout ServerConfiguration) {
        switch place {
        case .memory: break
        case .sqlite(let stores, let rates):
            configuration.sessionStore = stores.sessions
            configuration.stateStore = stores.state
            configuration.requestStateStore = stores.state
            configuration.idempotencyStore = stores.idempotency
            configuration.leaseStore = stores.leases
            configuration.eventStore = stores.events
            configuration.rateLimitStore = rates
            configuration.tenantRateLimitStore = stores.rates // each tenant says itself what holds while the file cannot be written
        case .redis(let client, let events, let bareRates, let rates):
            configuration.sessionStore = RedisSessionStore(client, idleTimeout: configuration.idleTimeout, lifetime: configuration.connectionTimeout)
            configuration.eventStore = events
            configuration.stateStore = RedisStateStore(client)
            configuration.requestStateStore = RedisStateStore(client)
            configuration.idempotencyStore = RedisIdempotencyStore(client)
            configuration.leaseStore = RedisLeaseStore(client)
            configuration.rateLimitStore = rates
            configuration.tenantRateLimitStore = bareRates // each tenant says itself what holds while Redis is away
            configuration.messageBus = RedisMessageBus(client)
        }
    }

    /// Connects; what cannot be reached yet is tried again in the background.
    func start() async {
        guard case .redis(let client, _, _, _) = place else { return }
        do throws(StoreError) {
            try await client.start()
        } catch {
            logger.error("Redis cannot be reached: the server runs without what it shares until it can", metadata: ["error": "\(error)"])
        }
    }

    /// How long the exit waits for events that are yet to be written: less than the 5 s that it may take after the drain.
    private static let flushPatience = Duration.seconds(3)

    /// Writes what is left, for a few seconds at most, and lets go.
    func shutDown() async {
        switch place {
        case .memory: break
        case .sqlite(let stores, _):
            let lost = await stores.events.shutDown(flushing: Self.flushPatience)
            if lost > 0 { logger.warning("events of streams could not be written before the exit and are lost", metadata: ["events": "\(lost)"]) }
            do throws(StoreError) { try stores.close() } catch { logger.error("the stores could not be closed", metadata: ["error": "\(error)"]) }
        case .redis(let client, let events, _, _):
            // What streams still owe is written first; a Redis that is known to be away is not waited for.
            await events.shutDown(flushing: client.isDegraded ? .zero : Self.flushPatience)
            await client.shutDown()
        }
    }
}
