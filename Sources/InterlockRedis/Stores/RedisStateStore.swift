internal import InterlockConcurrency
public import InterlockStorage

/// An application's values in Redis, with compare-and-set by scripts.
///
/// Versions are the server's time in microseconds, or one more than the version before where that is not less. A removed key leaves its version
/// behind for `tombstones`, so that its next one is higher even when the server's clock is set back meanwhile by less than that.
public final class RedisStateStore: StateStore {
    private let client: RedisClient
    private let keys: KeySpace
    private let tombstones: Duration

    /// - Parameter tombstones: how long the version of a removed key is remembered.
    public init(_ client: RedisClient, tombstones: Duration = .seconds(86_400)) {
        self.client = client
        self.tombstones = tombstones
        keys = KeySpace(client.configuration.prefix)
    }

    public func load(_ keys: [String]) async throws(StoreError) -> [StoredState?] {
        guard !keys.isEmpty else { return [] }
        if client.isCluster { try Self.checkPlace(of: keys) }
        let reply = try await client.run(Self.loading, keys: keys.map { self.keys.key("state", $0) })
        var states: [StoredState?] = []
        for state in try reply.elements(keys.count, from: "a load of state") {
            guard let parts = state.elements else { throw .unexpected(reply, from: "a load of state") }
            guard !parts.isEmpty else {
                states.append(nil)
                continue
            }
            guard parts.count == 2, let value = parts[1].data else { throw .unexpected(reply, from: "a load of state") }
            states.append(StoredState(value: value, version: try parts[0].digits(from: "a load of state")))
        }
        return states
    }

    public func commit(_ changes: [StateChange]) async throws(StoreError) -> Bool {
        guard !changes.isEmpty else { return true }
        try StateChange.checkKeys(of: changes)
        var arguments: [RedisArgument] = [.milliseconds(tombstones)]
        for change in changes {
            switch change.expecting {
            case .anything: arguments.append("*")
            case .absent: arguments.append("-")
            case .version(let version): arguments.append(.text(String(version)))
            }
            arguments.append(change.value == nil ? "r" : "w")
            arguments.append(.bytes(change.value ?? []))
            arguments.append(change.expiresAfter.map { .milliseconds($0) } ?? 0)
        }
        return try await client.run(Self.committing, keys: changes.map { keys.key("state", $0.key) }, arguments: arguments).integer(from: "a commit") == 1
    }

    /// A cluster reads several keys at one moment only where one node has them all.
    private static func checkPlace(of keys: [String]) throws(StoreError) {
        guard keys.count > 1 else { return }
        guard let tag = StateChange.hashTag(of: keys[0]), keys.allSatisfy({ StateChange.hashTag(of: $0)?.elementsEqual(tag) == true }) else {
            throw StoreError(.refused, "on a cluster, keys that are loaded at once must share the text between their first braces, such as {accounts}:alice and {accounts}:bob")
        }
    }

    /// A hash holds the version `v` and the value `d`; without `d` it is a tombstone.
    private static let loading = RedisScript(
        """
        local found = {}
        for i, key in ipairs(KEYS) do
            local state = redis.call('HMGET', key, 'v', 'd')
            if state[2] then found[i] = {state[1], state[2]} else found[i] = {} end
        end
        return found
        """)

    private static let committing = RedisScript(
        """
        local versions = {}
        for i, key in ipairs(KEYS) do
            local state = redis.call('HMGET', key, 'v', 'd')
            local wanted = ARGV[i * 4 - 2]
            if wanted == '-' then
                if state[2] then return 0 end
            elseif wanted ~= '*' then
                if not state[2] or state[1] ~= wanted then return 0 end
            end
            versions[i] = tonumber(state[1] or 0)
        end
        local t = redis.call('TIME')
        local now = t[1] * 1000000 + t[2]
        for i, key in ipairs(KEYS) do
            local version = string.format('%.0f', math.max(now, versions[i] + 1))
            if ARGV[i * 4 - 1] == 'w' then
                redis.call('HSET', key, 'v', version, 'd', ARGV[i * 4])
                if ARGV[i * 4 + 1] == '0' then redis.call('PERSIST', key) else redis.call('PEXPIRE', key, ARGV[i * 4 + 1]) end
            elseif versions[i] > 0 then
                redis.call('HDEL', key, 'd')
                redis.call('HSET', key, 'v', version)
                redis.call('PEXPIRE', key, ARGV[1])
            end
        end
        return 1
        """)
}
