internal import InterlockConcurrency
internal import InterlockStorage
import Logging

/// The places that sessions of tenants take, one index for each tenant: ids by when their session may have lapsed.
///
/// Sessions are touched without a word to the index, which a cluster may keep on another node. So an entry whose time has come is no proof: before
/// its place is given away its record is looked for, and while that lives the entry gets the record's time. A new place has only the time that it takes
/// to make the record: one that was taken although its taker was not told so, or died before the record was made, is soon found out.
struct SessionPlaces: Sendable {
    /// Entries looked at in one step.
    static let page = 128
    /// For how long a place is believed without a record: longer than making one ever takes.
    static let making = Duration.seconds(30)
    /// Lapsed entries that are worth the two steps which tidy them, when there is room all the same.
    static let untidy = 8
    /// Steps of one attempt to find a place among entries that may have lapsed; the next attempt goes on from there.
    static let steps = 32

    private let client: RedisClient
    private let keys: KeySpace
    private let idleTimeout: Duration
    private let lifetime: Duration

    init(_ client: RedisClient, idleTimeout: Duration, lifetime: Duration) {
        self.client = client
        self.idleTimeout = idleTimeout
        self.lifetime = lifetime
        keys = KeySpace(client.configuration.prefix)
    }

    /// Takes a place for a session that is about to be made.
    ///
    /// - Parameter recordKey: where the record of an id is.
    /// - Returns: entries that may have lapsed, for ``tidy(_:of:recordKey:)`` once the session is made; `nil` if all places are taken.
    func take(_ id: String, of tenant: String, maximum: Int?, recordKey: (String) -> String) async throws(StoreError) -> [String]? {
        let arguments: [RedisArgument] = [
            .text(id), .text(maximum.map(String.init) ?? ""), .milliseconds(min(Self.making, idleTimeout, lifetime)), .milliseconds(lifetime), .integer(Int64(Self.page)),
        ]
        for _ in 0..<Self.steps {
            let reply = try await client.run(Self.taking, keys: [key(tenant)], arguments: arguments)
            let parts = try reply.elements(2, from: "a place for a session")
            guard let isTaken = parts[0].int, let lapsed = parts[1].elements?.compactMap(\.string) else { throw .unexpected(reply, from: "a place for a session") }
            if isTaken == 1 { return lapsed }
            if lapsed.isEmpty { return nil }
            try await settle(lapsed, of: tenant, recordKey: recordKey)
        }
        return nil
    }

    /// Gives a place back. Where that fails the place lapses with the session's time.
    func giveBack(_ id: String, of tenant: String) async {
        do throws(StoreError) {
            _ = try await client.send(RedisCommand("ZREM", [.text(key(tenant)), .text(id)], key: key(tenant)))
        } catch {
            client.log.warning("the place of a session that has ended is kept until it lapses", metadata: ["error": "\(error)"])
        }
    }

    /// Looks after entries whose time has come, some together, so that the index does not grow. What fails is done with one of the tenant's next sessions.
    func tidy(_ lapsed: [String], of tenant: String, recordKey: (String) -> String) async {
        guard lapsed.count >= Self.untidy else { return }
        do throws(StoreError) {
            try await settle(lapsed, of: tenant, recordKey: recordKey)
        } catch {
            client.log.debug("places of sessions could not be tidied", metadata: ["error": "\(error)"])
        }
    }

    /// Gives back the places whose sessions are gone, and dates the others by their records.
    private func settle(_ ids: [String], of tenant: String, recordKey: (String) -> String) async throws(StoreError) {
        let replies = await client.send(ids.map { id in
            let key = recordKey(id)
            return RedisCommand("PTTL", [.text(key)], key: key)
        })
        var arguments: [RedisArgument] = []
        for (id, reply) in zip(ids, replies) {
            // -2: there is no such key. -1: it never lapses, which no record of ours does; it is looked at again after the usual time.
            let left = try reply.get().integer(from: "PTTL")
            arguments += [.text(id), left == -2 ? "" : .integer(left < 0 ? idleTimeout.redisMilliseconds : max(1, left))]
        }
        _ = try await client.run(Self.settling, keys: [key(tenant)], arguments: arguments)
    }

    private func key(_ tenant: String) -> String { keys.key("places", tenant) }

    // MARK: - Scripts

    /// The id, how many there may be, when its place may lapse, when the index does, and how many lapsed entries to name.
    private static let taking = RedisScript(
        """
        local t = redis.call('TIME')
        local now = t[1] * 1000 + math.floor(t[2] / 1000)
        local lapsed = redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[5])
        if ARGV[2] ~= '' and not redis.call('ZSCORE', KEYS[1], ARGV[1]) and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return { 0, lapsed } end
        redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[3]), ARGV[1])
        redis.call('PEXPIRE', KEYS[1], ARGV[4])
        return { 1, lapsed }
        """)

    /// Ids, each with the milliseconds its record has left, or nothing if it is gone. An entry that has got another time meanwhile stays.
    private static let settling = RedisScript(
        """
        local t = redis.call('TIME')
        local now = t[1] * 1000 + math.floor(t[2] / 1000)
        for i = 1, #ARGV, 2 do
            local due = redis.call('ZSCORE', KEYS[1], ARGV[i])
            if due and tonumber(due) <= now then
                if ARGV[i + 1] == '' then
                    redis.call('ZREM', KEYS[1], ARGV[i])
                else
                    redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[i + 1]), ARGV[i])
                end
            end
        end
        return 1
        """)
}
