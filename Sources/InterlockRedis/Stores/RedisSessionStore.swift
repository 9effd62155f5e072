internal import InterlockConcurrency
internal import InterlockJSON
public import InterlockStorage

/// Sessions in Redis, shared by all instances that use the same prefix.
///
/// A session lapses by itself when it was not used for the idle timeout, and at the end of its lifetime however much it is used; both are kept by
/// the server's clock. A record is one string, its time of last use in front where a touch overwrites it, and one entry of an index. The index is
/// split over 64 slots by the id, so that a cluster spreads sessions over its nodes.
public final class RedisSessionStore: SessionStore {
    static let shards = 64
    /// Sessions looked at in one step of ``removeSessions(createdBefore:lastUsedBefore:)``.
    static let page = 500

    private let client: RedisClient
    private let idleTimeout: Duration
    private let lifetime: Duration
    private let prefix: String
    private let places: SessionPlaces

    /// - Parameters:
    ///   - idleTimeout: how long a session is kept without being used.
    ///   - lifetime: how long it is kept at most, from its first save.
    public init(_ client: RedisClient, idleTimeout: Duration = .seconds(86_400), lifetime: Duration = .seconds(30 * 86_400)) {
        precondition(idleTimeout > .zero && lifetime > .zero, "RedisSessionStore: idleTimeout and lifetime must be longer than nothing")
        self.client = client
        self.idleTimeout = idleTimeout
        self.lifetime = lifetime
        prefix = client.configuration.prefix
        places = SessionPlaces(client, idleTimeout: idleTimeout, lifetime: lifetime)
    }

    public func save(_ record: SessionRecord) async throws {
        _ = try await client.run(Self.saving, keys: keys(record.id), arguments: try arguments(record) + [""])
    }

    /// Makes the record if its tenant has a place for it.
    ///
    /// The places of a tenant are an index of its own, which a cluster may keep on another node than the record: the place is taken first and the
    /// record made then, so the bound holds at every moment. A place whose record could not be made is given back, or goes to who needs it half a minute
    /// later.
    public func create(_ record: SessionRecord, within quota: SessionQuota) async throws -> Bool {
        guard let tenant = record.tenant else {
            try await save(record)
            return true
        }
        guard let lapsed = try await places.take(record.id, of: tenant, maximum: quota.maximum, recordKey: { keys($0)[0] }) else { return false }
        do {
            try await save(record)
        } catch {
            await places.giveBack(record.id, of: tenant)
            throw error
        }
        await places.tidy(lapsed, of: tenant) { keys($0)[0] }
        return true
    }

    public func replace(_ record: SessionRecord, expecting version: Int64) async throws -> Bool {
        let reply = try await client.run(Self.saving, keys: keys(record.id), arguments: try arguments(record) + [.text(Self.sortable(version))])
        return try reply.integer(from: "a replacement of a session") == 1
    }

    /// The id, both times, the version, the record, and how long it is kept.
    private func arguments(_ record: SessionRecord) throws(StoreError) -> [RedisArgument] {
        let times = Self.sortable(record.lastUsedAt) + Self.sortable(record.createdAt)
        let body: [UInt8]
        do {
            body = Array(try RawJSON(encoding: record).bytes)
        } catch {
            throw StoreError(.refused, "a session cannot be written as JSON: \(error)", cause: error)
        }
        return [.text(record.id), .text(times), .text(Self.sortable(record.version)), .bytes(body), .milliseconds(idleTimeout), .milliseconds(lifetime)]
    }

    /// The record of a session.
    ///
    /// For an id that nobody has another record is read and thrown away: or its answer came sooner than that for a session which is somebody else's.
    public func load(_ id: String) async throws -> SessionRecord? {
        let key = keys(id)[0]
        let reply = try await client.send(RedisCommand("GET", [.text(key)], key: key))
        let record = try record(in: reply == .null ? Self.decoy : reply)
        return reply == .null ? nil : record
    }

    private func record(in reply: RESPValue) throws -> SessionRecord {
        guard let bytes = reply.data, bytes.count > Self.headerBytes + 16 else { throw StoreError.unexpected(reply, from: "GET of a session") }
        do {
            // Between header and record stands the version, since records have one.
            let hasVersion = bytes[Self.headerBytes] != UInt8(ascii: "{")
            var record = try RawJSON(bytes[(hasVersion ? Self.headerBytes + 16 : Self.headerBytes)...]).decode(SessionRecord.self)
            guard let used = Self.time(bytes[..<16]) else { throw StoreError.unexpected(reply, from: "GET of a session") }
            record.lastUsedAt = used
            return record
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(.corrupt, "a session in Redis is not what this store writes; does something else write under '\(prefix)'?", cause: error)
        }
    }

    public func touch(_ id: String, at time: Int64) async throws {
        _ = try await client.run(Self.touching, keys: keys(id), arguments: [.text(id), .text(Self.sortable(time)), .milliseconds(idleTimeout)])
    }

    public func remove(_ id: String) async throws {
        let old = try await client.run(Self.removing, keys: keys(id), arguments: [.text(id)])
        if let tenant = tenant(in: old) { await places.giveBack(id, of: tenant) }
    }

    /// Whose sessions a record counts among; `nil` too for one that cannot be read, whose place lapses.
    private func tenant(in old: RESPValue) -> String? {
        guard old != .null, let record = try? record(in: old) else { return nil }
        return record.tenant
    }

    /// Looks at every session, some hundreds at a time: for a janitor now and then. What lapses needs none.
    public func removeSessions(createdBefore created: Int64, lastUsedBefore used: Int64) async throws -> Int {
        var removed = 0
        for shard in 0..<Self.shards {
            let index = indexKey(shard)
            var cursor = "0"
            repeat {
                let reply = try await client.send(RedisCommand("ZSCAN", [.text(index), .text(cursor), "COUNT", .integer(Int64(Self.page))], key: index))
                let parts = try reply.elements(2, from: "ZSCAN")
                guard let next = parts[0].string, let entries = parts[1].elements else { throw StoreError.unexpected(reply, from: "ZSCAN") }
                cursor = next
                let ids = stride(from: 0, to: entries.count, by: 2).compactMap { entries[$0].string }
                if !ids.isEmpty { removed += try await remove(ids, shard, created, used) }
            } while cursor != "0"
        }
        return removed
    }

    public func count() async throws -> Int {
        let calls = (0..<Self.shards).map { (Self.counting, [indexKey($0)], [] as [RedisArgument]) }
        var sum = 0
        for reply in await client.run(calls) { sum += Int(try reply.get().integer(from: "a count of sessions")) }
        return sum
    }

    private func remove(_ ids: [String], _ shard: Int, _ created: Int64, _ used: Int64) async throws(StoreError) -> Int {
        let reply = try await client.run(
            Self.removingOld, keys: [indexKey(shard)] + ids.map { recordKey($0, shard) },
            arguments: [.text(Self.sortable(created)), .text(Self.sortable(used))] + ids.map { .text($0) })
        guard let parts = reply.elements, let removed = parts.first?.int else { throw StoreError.unexpected(reply, from: "a removal of sessions") }
        for index in stride(from: 1, to: parts.count - 1, by: 2) {
            if let id = parts[index].string, let tenant = tenant(in: parts[index + 1]) { await places.giveBack(id, of: tenant) }
        }
        return Int(removed)
    }

    // MARK: - Keys and values

    private func keys(_ id: String) -> [String] {
        let shard = HashSlot.of("{" + KeySpace.escaped(id) + "}") % Self.shards
        return [recordKey(id, shard), indexKey(shard)]
    }

    private func recordKey(_ id: String, _ shard: Int) -> String { "\(prefix)session:{s\(shard)}:\(id)" }

    private func indexKey(_ shard: Int) -> String { "\(prefix)sessions:{s\(shard)}" }

    /// Last use, creation, and the end of the lifetime by the server's clock: 16 digits each.
    private static let headerBytes = 48

    /// Sixteen digits that sort as the number does.
    static func sortable(_ time: Int64) -> String {
        let digits = String(UInt64(bitPattern: time) ^ 1 << 63, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    static func time(_ digits: ArraySlice<UInt8>) -> Int64? {
        UInt64(String(decoding: digits, as: UTF8.self), radix: 16).map { Int64(bitPattern: $0 ^ 1 << 63) }
    }

    /// What is read in place of a record that is not there; of about the size that records have.
    private static let decoy: RESPValue = {
        let record = SessionRecord(
            id: String(repeating: "0", count: 32), revision: "2025-11-25", principal: "4:acme|8:api-keys|4:acme",
            clientInfo: RawJSON(["name": "client", "version": "1.0"] as JSONValue), clientCapabilities: RawJSON(["elicitation": [:], "sampling": [:]] as JSONValue),
            createdAt: 0, lastUsedAt: 0)
        do {
            return .bytes(Array(String(repeating: sortable(0), count: 4).utf8) + Array(try RawJSON(encoding: record).bytes))
        } catch {
            preconditionFailure("a session's record is a constant, and cannot be written: \(error)")
        }
    }()

    // MARK: - Scripts

    /// The index holds when each session lapses. A session that is saved again keeps the end of its lifetime. With a seventh argument the session has to
    /// be there in that version; one from before there were versions is in the first.
    private static let saving = RedisScript(
        """
        local t = redis.call('TIME')
        local now = t[1] * 1000 + math.floor(t[2] / 1000)
        local ends = string.format('%016.0f', now + ARGV[6])
        local old = redis.call('GETRANGE', KEYS[1], 0, 63)
        local times = ARGV[2]
        if ARGV[7] ~= '' then
            local version = string.sub(old, 49, 64)
            if string.sub(version, 1, 1) == '{' then version = '8000000000000000' end
            if version ~= ARGV[7] then return 0 end
            if string.sub(old, 1, 16) > string.sub(times, 1, 16) then times = string.sub(old, 1, 16) .. string.sub(times, 17, 32) end
        end
        if string.sub(old, 17, 32) == string.sub(times, 17, 32) then ends = string.sub(old, 33, 48) end
        local at = string.format('%.0f', math.min(now + ARGV[5], tonumber(ends)))
        redis.call('SET', KEYS[1], times .. ends .. ARGV[3] .. ARGV[4], 'PXAT', at)
        redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
        redis.call('ZADD', KEYS[2], at, ARGV[1])
        return 1
        """)

    private static let touching = RedisScript(
        """
        local old = redis.call('GETRANGE', KEYS[1], 0, 47)
        if #old < 48 then return 0 end
        local t = redis.call('TIME')
        local now = t[1] * 1000 + math.floor(t[2] / 1000)
        if ARGV[2] > string.sub(old, 1, 16) then redis.call('SETRANGE', KEYS[1], 0, ARGV[2]) end
        local at = string.format('%.0f', math.min(now + ARGV[3], tonumber(string.sub(old, 33, 48))))
        redis.call('PEXPIREAT', KEYS[1], at)
        redis.call('ZADD', KEYS[2], at, ARGV[1])
        return 1
        """)

    private static let removing = RedisScript(
        """
        local old = redis.call('GET', KEYS[1])
        redis.call('ZREM', KEYS[2], ARGV[1])
        redis.call('DEL', KEYS[1])
        return old
        """)

    /// The first key is the index; the ids begin with the third argument. Returns how many were removed, and id and record of those that may hold a
    /// place among a tenant's.
    private static let removingOld = RedisScript(
        """
        local reply = { 0 }
        for i = 2, #KEYS do
            local head = redis.call('GETRANGE', KEYS[i], 0, 31)
            if head == '' then
                redis.call('ZREM', KEYS[1], ARGV[i + 1])
            elseif string.sub(head, 1, 16) < ARGV[2] or string.sub(head, 17, 32) < ARGV[1] then
                local old = redis.call('GET', KEYS[i])
                redis.call('DEL', KEYS[i])
                redis.call('ZREM', KEYS[1], ARGV[i + 1])
                reply[1] = reply[1] + 1
                if string.find(old, '"tenant"', 1, true) then
                    reply[#reply + 1] = ARGV[i + 1]
                    reply[#reply + 1] = old
                end
            end
        end
        return reply
        """)

    private static let counting = RedisScript(
        """
        local t = redis.call('TIME')
        redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', t[1] * 1000 + math.floor(t[2] / 1000))
        return redis.call('ZCARD', KEYS[1])
        """)
}
