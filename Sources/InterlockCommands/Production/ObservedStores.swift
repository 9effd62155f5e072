import InterlockAdmin
import InterlockRedis
import InterlockSQLite

/// Redis as an operator sees it.
struct ObservedRedis: ObservedStore {
    let client: RedisClient

    var observedName: String { "redis" }

    var condition: StoreCondition {
        let health = client.health
        return StoreCondition(
            outage: health.outage, latencies: health.latencies,
            traffic: StoreTraffic(
                waiting: health.waiting, breaker: health.breaker, commands: health.commands, refused: health.refused, failures: health.failures,
                connections: StoreConnections(standing: health.connections, wanted: health.wantedConnections, reconnects: health.reconnects)))
    }
}

/// A SQLite file as an operator sees it.
struct ObservedSQLite: ObservedStore {
    let stores: SQLiteStores

    var observedName: String { "sqlite" }

    var condition: StoreCondition {
        let health = stores.health
        return StoreCondition(
            outage: health.outage, latencies: health.latencies,
            traffic: StoreTraffic(
                waiting: health.waiting, breaker: health.breaker, commands: health.transactions, refused: health.refused, failures: health.failures))
    }
}
