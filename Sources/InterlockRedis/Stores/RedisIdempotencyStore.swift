internal import InterlockConcurrency
public import InterlockStorage

/// Results of calls that must take effect once, in Redis; the server's clock decides when a claim is lost.
///
/// A holder that finishes or gives back after its claim was lost changes nothing: others have been told that it is lost.
public final class RedisIdempotencyStore: IdempotencyStore {
    private let client: RedisClient
    private let keys: KeySpace

    public init(_ client: RedisClient) {
        self.client = client
        keys = KeySpace(client.configuration.prefix)
    }

    public func claim(
        _ key: String, token: UInt64, fingerprint: String, holdingFor: Duration, keepingFor: Duration
    ) async throws(StoreError) -> IdempotencyClaim {
        let reply = try await client.run(
            Self.claiming, keys: [keys.key("once", key)],
            arguments: [.text(fingerprint), .text(String(token)), .milliseconds(holdingFor), .milliseconds(holdingFor + keepingFor)])
        guard let parts = reply.elements, let word = parts.first?.string else { throw .unexpected(reply, from: "a claim") }
        switch word {
        case "claimed": return .claimed
        case "running": return .running
        case "lost": return .lost
        case "mismatch": return .mismatch
        default:
            guard word == "finished", parts.count == 2, let result = parts[1].data else { throw .unexpected(reply, from: "a claim") }
            return .finished(result)
        }
    }

    @discardableResult
    public func finish(_ key: String, token: UInt64, result: [UInt8], keepingFor: Duration) async throws(StoreError) -> Bool {
        try await client.run(
            Self.finishing, keys: [keys.key("once", key)], arguments: [.text(String(token)), .bytes(result), .milliseconds(keepingFor)]
        ).integer(from: "the end of a claim") == 1
    }

    @discardableResult
    public func abandon(_ key: String, token: UInt64) async throws(StoreError) -> Bool {
        try await client.run(
            Self.abandoning, keys: [keys.key("once", key)], arguments: [.text(String(token))]
        ).integer(from: "a claim that is given back") == 1
    }

    /// A hash: fingerprint `f`, token `t`, the end `e` of the claim, and the result `r` of one that is finished.
    private static let claiming = RedisScript(
        """
        local t = redis.call('TIME')
        local now = t[1] * 1000 + math.floor(t[2] / 1000)
        local entry = redis.call('HMGET', KEYS[1], 'f', 'e', 'r', 't')
        if entry[1] then
            if entry[1] ~= ARGV[1] then return {'mismatch'} end
            if entry[3] then return {'finished', entry[3]} end
            if tonumber(entry[2]) <= now then return {'lost'} end
            return {entry[4] == ARGV[2] and 'claimed' or 'running'}
        end
        redis.call('HSET', KEYS[1], 'f', ARGV[1], 't', ARGV[2], 'e', string.format('%.0f', now + 1 + ARGV[3]))
        redis.call('PEXPIRE', KEYS[1], ARGV[4] + 1)
        return {'claimed'}
        """)

    private static let finishing = RedisScript(
        """
        local t = redis.call('TIME')
        local entry = redis.call('HMGET', KEYS[1], 't', 'r', 'e')
        if entry[1] ~= ARGV[1] or entry[2] or tonumber(entry[3]) <= t[1] * 1000 + math.floor(t[2] / 1000) then return 0 end
        redis.call('HSET', KEYS[1], 'r', ARGV[2])
        redis.call('PEXPIRE', KEYS[1], ARGV[3])
        return 1
        """)

    private static let abandoning = RedisScript(
        """
        local entry = redis.call('HMGET', KEYS[1], 't', 'r')
        if entry[1] ~= ARGV[1] or entry[2] then return 0 end
        return redis.call('DEL', KEYS[1])
        """)
}
