/// What the event store does on the server. A stream's entries have its events' sequence numbers as their ids, so an event that is written twice is
/// there once, and one that is missing leaves a hole that shows.
enum EventScripts {
    /// Keys: the stream, the session's table of owners. Arguments: sequence, whether it is the last, data, most events kept, milliseconds they are
    /// kept, the stream's number, the channel that followers listen on, and the owner's record, which begins with 20 digits of its fence and is empty
    /// for none. -1 if the stream has an owner with a higher fence. Trims a little late, as that is cheap.
    static let appending = RedisScript(
        """
        local held = redis.call('HGET', KEYS[2], ARGV[6])
        if held and string.sub(held, 1, 20) > string.sub(ARGV[8], 1, 20) then return -1 end
        local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
        if last[1] and tonumber(string.match(last[1][1], '^%d+')) >= tonumber(ARGV[1]) then return 0 end
        redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[4], ARGV[1] .. '-1', 'l', ARGV[2], 'd', ARGV[3])
        redis.call('PEXPIRE', KEYS[1], ARGV[5])
        if held ~= ARGV[8] then redis.call('HSET', KEYS[2], ARGV[6], ARGV[8]) end
        redis.call('PEXPIRE', KEYS[2], ARGV[5])
        redis.call('PUBLISH', ARGV[7], ARGV[1])
        return 1
        """)

    /// Keys: the stream, the session's table of owners. Arguments: the stream's number. False if it is not known; otherwise the owner's record,
    /// the newest event's number, and whether it is the last.
    static let standing = RedisScript(
        """
        local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
        if not last then return false end
        return {redis.call('HGET', KEYS[2], ARGV[1]) or '', tonumber(string.match(last[1], '^%d+')), tonumber(last[2][2])}
        """)

    /// Keys: the stream, the session's table of owners. Arguments: 20 digits of the old owner's fence, the new owner's record, a sequence to stay
    /// above, data, milliseconds the stream is kept, its number, and the channel that followers listen on. 1 if it was taken over.
    static let takingOver = RedisScript(
        """
        local held = redis.call('HGET', KEYS[2], ARGV[6])
        if not held or string.sub(held, 1, 20) ~= ARGV[1] or string.sub(ARGV[2], 1, 20) <= ARGV[1] then return 0 end
        local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
        if last and last[2][2] == '1' then return 0 end
        local number = math.max(last and tonumber(string.match(last[1], '^%d+')) or 0, tonumber(ARGV[3])) + 1
        local text = string.format('%.0f', number)
        redis.call('XADD', KEYS[1], text .. '-1', 'l', '1', 'd', ARGV[4])
        redis.call('PEXPIRE', KEYS[1], ARGV[5])
        redis.call('HSET', KEYS[2], ARGV[6], ARGV[2])
        redis.call('PEXPIRE', KEYS[2], ARGV[5])
        redis.call('PUBLISH', ARGV[7], text)
        return 1
        """)

    /// Keys: the stream. Arguments: the sequence after which to read, how many at most, and after how many bytes to stop. False if the stream is not known; otherwise whether the
    /// newest event is the last and not after that sequence, the entries, and whether there may be more.
    static let reading = RedisScript(
        """
        local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
        if not last then return false end
        local found = redis.call('XRANGE', KEYS[1], string.format('%.0f', ARGV[1] + 1), '+', 'COUNT', ARGV[2])
        local entries = {}
        local bytes = 0
        for i, entry in ipairs(found) do
            if bytes >= tonumber(ARGV[3]) then break end
            bytes = bytes + #entry[2][4]
            entries[i] = {tonumber(string.match(entry[1], '^%d+')), entry[2][2], entry[2][4]}
        end
        return {(#found == 0 and last[2][2] == '1') and 1 or 0, entries, (#entries < #found or #found == tonumber(ARGV[2])) and 1 or 0}
        """)

    /// Keys: the streams that the session's table of owners named when it was asked, and the table.
    static let removing = RedisScript("return redis.call('DEL', unpack(KEYS))")
}
