internal import InterlockConcurrency
public import InterlockStorage

/// Permits in Redis that lapse by the server's clock.
///
/// Fences are the server's time in microseconds, or one more than the last where that is not less; the last is remembered for a week, so fences
/// rise also for a key that was not used for longer, and nothing is kept for ever.
public final class RedisLeaseStore: LeaseStore {
    private let client: RedisClient
    private let keys: KeySpace

    public init(_ client: RedisClient) {
        self.client = client
        keys = KeySpace(client.configuration.prefix)
    }

    public func acquire(_ key: String, limit: Int, duration: Duration) async throws(StoreError) -> Lease? {
        try Lease.check(key, limit: limit, duration: duration)
        let id = Lease.makeID(from: client.random)
        let reply = try await client.run(Self.acquiring, keys: both(key), arguments: [.text(id), .integer(Int64(limit)), .milliseconds(duration)])
        return reply == .null ? nil : Lease(key: key, id: id, fence: try reply.digits(from: "an acquisition"))
    }

    public func renew(_ lease: Lease, duration: Duration) async throws(StoreError) -> Bool {
        try Lease.check(lease.key, limit: 1, duration: duration)
        return try await client.run(Self.renewing, keys: [both(lease.key)[0]], arguments: [.text(lease.id), .milliseconds(duration)]).integer(from: "a renewal") == 1
    }

    public func release(_ lease: Lease) async throws(StoreError) {
        let key = both(lease.key)[0]
        _ = try await client.send(RedisCommand("ZREM", [.text(key), .text(lease.id)], key: key))
    }

    private func both(_ key: String) -> [String] { [keys.key("lease", key), keys.key("fence", key)] }

    /// A sorted set of lease ids by when they lapse, in microseconds.
    private static let acquiring = RedisScript(
        """
        local t = redis.call('TIME')
        local now = t[1] * 1000000 + t[2]
        redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
        if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return false end
        local fence = string.format('%.0f', math.max(now, tonumber(redis.call('GET', KEYS[2]) or 0) + 1))
        redis.call('SET', KEYS[2], fence, 'EX', 604800)
        redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[3] * 1000), ARGV[1])
        local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2]
        redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', math.ceil(last / 1000)))
        return fence
        """)

    private static let renewing = RedisScript(
        """
        local t = redis.call('TIME')
        local now = t[1] * 1000000 + t[2]
        local ends = redis.call('ZSCORE', KEYS[1], ARGV[1])
        if not ends or tonumber(ends) <= now then return 0 end
        redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[2] * 1000), ARGV[1])
        local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2]
        redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', math.ceil(last / 1000)))
        return 1
        """)
}
