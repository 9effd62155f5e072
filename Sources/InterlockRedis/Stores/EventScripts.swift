/// What the event store does on the server. A stream's entries have its events' sequence numbers as their ids, so an event that is written twice is
/// there once, and one that is missing leaves a hole that shows.
enum EventScripts {
    /// Keys: the stream, the session's index of streams. Arguments: sequence, whether it is the last, data, most events kept, milliseconds they are
    /// kept, the stream's number, and the channel that followers listen on. Trims a little late, as that is cheap.
    static let appending = RedisScript(
        """
        local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
        if last[1] and tonumber(string.match(last[1][1], '^%d+')) >= tonumber(ARGV[1]) then return 0 end
        redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[4], ARGV[1] .. '-1', 'l', ARGV[2], 'd', ARGV[3])
        redis.call('PEXPIRE', KEYS[1], ARGV[5])
        redis.call('SADD', KEYS[2], ARGV[6])
        redis.call('PEXPIRE', KEYS[2], ARGV[5])
        redis.call('PUBLISH', ARGV[7], ARGV[1])
        return 1
        """)

    /// Keys: the stream. Arguments: the sequence after which to read, and how many at most. False if the stream is not known; otherwise whether the
    /// newest event is the last and not after that sequence, and the entries.
    static let reading = RedisScript(
        """
        local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
        if not last then return false end
        local found = redis.call('XRANGE', KEYS[1], string.format('%.0f', ARGV[1] + 1), '+', 'COUNT', ARGV[2])
        local entries = {}
        for i, entry in ipairs(found) do
            entries[i] = {tonumber(string.match(entry[1], '^%d+')), entry[2][2], entry[2][4]}
        end
        return {(#found == 0 and last[2][2] == '1') and 1 or 0, entries}
        """)

    /// Keys: the session's index, and the streams that it named when it was asked.
    static let removing = RedisScript("return redis.call('DEL', unpack(KEYS))")
}
