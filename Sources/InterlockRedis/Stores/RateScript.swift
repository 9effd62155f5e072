internal import InterlockConcurrency
internal import InterlockStorage

/// The script that decides about rate limits, and how limits and decisions pass through it.
///
/// The arithmetic is that of `RateRule`, in nanoseconds since the second in which the key was first used, so that doubles hold them exactly; the
/// origin moves along before they would not.
///
/// Instances may disagree about the numbers of a limit, for as long as a new configuration has not reached all of them. What a key has used counts on
/// then, in units: a smooth rule notes the distance of two units that its numbers are in, and whoever has another converts them. So all of them together
/// let in no more than the most generous of their limits would. Only limits of other kinds, or more or fewer of them, start a key anew.
enum RateScript {
    /// Nanoseconds up to which sums of a rule stay exact: 26 days.
    static let longest: Int64 = 1 << 51

    /// The limits as arguments, at least one of them; refuses what doubles do not hold exactly.
    static func arguments(_ cost: Int, _ limits: [RateLimit], now: (seconds: Int64, microseconds: Int64)?, jitter: Int64) throws(StoreError) -> [RedisArgument] {
        var signature = ""
        var numbers: [RedisArgument] = []
        for limit in limits {
            let period = limit.period.wholeNanoseconds
            let (count, burst) = (Int64(limit.count), Int64(limit.burst))
            let isSmooth = limit.algorithm == .gcra
            let step = isSmooth ? period / count + (period % count == 0 ? 0 : 1) : period
            // How long until a key that has used everything is as good as new.
            let (recovery, overflow) = step.multipliedReportingOverflow(by: isSmooth ? burst : (burst + count - 1) / count)
            guard !overflow, recovery <= longest, burst <= longest, count <= longest else {
                throw StoreError(.refused, "the rate limit '\(limit.name)' takes more than 26 days to recover; shorten its period or lower its burst")
            }
            signature += isSmooth ? "g" : "b"
            numbers += [isSmooth ? "g" : "b", .integer(step), .integer(count), .integer(burst)]
        }
        return [.integer(Int64(cost)), .integer(jitter), .integer(now?.seconds ?? -1), .integer(now?.microseconds ?? 0), .text(signature)] + numbers
    }

    static func decision(_ reply: RESPValue) throws(StoreError) -> RateDecision {
        let what = "a rate limit"
        let parts = try reply.elements(6, from: what)
        let isAllowed = try parts[0].integer(from: what) == 1
        let retry = try parts[4].integer(from: what)
        var decision = RateDecision(
            isAllowed: isAllowed, remaining: Int(try parts[1].integer(from: what)), limit: Int(try parts[2].integer(from: what)),
            retryAfter: isAllowed ? .zero : retry < 0 ? nil : .nanoseconds(retry), resetAfter: .nanoseconds(try parts[5].integer(from: what)))
        decision.rule = Int(try parts[3].integer(from: what))
        return decision
    }

    /// Arguments: cost, jitter, seconds and microseconds of a time to use instead of the server's (or -1), signature, then kind, step, count and
    /// burst of each rule. A key is a hash: signature `s` (the kinds of its rules), origin `o`, and the two numbers of each rule's state, `a1`, `b1`
    /// and on: of a smooth rule when everything has come back and the distance of two units, of a bucket its level and when its period began.
    static let taking = RedisScript(
        """
        local cost, jitter = tonumber(ARGV[1]), tonumber(ARGV[2])
        local seconds, micros = tonumber(ARGV[3]), tonumber(ARGV[4])
        if seconds < 0 then
            local t = redis.call('TIME')
            seconds, micros = tonumber(t[1]), tonumber(t[2])
        end
        local count = (#ARGV - 5) / 4
        local fields = {'s', 'o'}
        for i = 1, count do
            fields[#fields + 1] = 'a' .. i
            fields[#fields + 1] = 'b' .. i
        end
        local stored = redis.call('HMGET', KEYS[1], unpack(fields))
        local known = stored[1] == ARGV[5]
        local origin = known and tonumber(stored[2]) or seconds
        local shift = 0
        if seconds - origin > 1000000 then
            shift = (seconds - origin) * 1000000000
            origin = seconds
        end
        local now = math.max(0, (seconds - origin) * 1000000000 + micros * 1000)
        local rules, slowest, allowedAt, never = {}, 1, -math.huge, false
        for i = 1, count do
            local base = 5 + (i - 1) * 4
            local rule = {smooth = ARGV[base + 1] == 'g', step = tonumber(ARGV[base + 2]), count = tonumber(ARGV[base + 3]), burst = tonumber(ARGV[base + 4])}
            local at
            if rule.smooth then
                rule.a, rule.b = now, rule.step
                if known then
                    local used, step = math.max(0, tonumber(stored[1 + 2 * i]) - shift - now), tonumber(stored[2 + 2 * i])
                    if step ~= rule.step then used = math.floor(used / step * rule.step) end
                    rule.a = now + math.min(used, rule.burst * rule.step)
                end
                rule.a2, rule.b2 = rule.a + cost * rule.step, rule.step
                at = rule.a2 - rule.burst * rule.step
            else
                rule.a, rule.b = rule.burst, now
                if known then
                    rule.a, rule.b = math.min(rule.burst, tonumber(stored[1 + 2 * i])), tonumber(stored[2 + 2 * i]) - shift
                    local periods = math.floor((now - rule.b) / rule.step)
                    if periods > 0 then
                        rule.a = math.min(rule.burst, rule.a + periods * rule.count)
                        rule.b = rule.b + periods * rule.step
                    end
                end
                rule.a2, rule.b2 = rule.a - cost, rule.b
                at = now
                if rule.a < cost then at = rule.b + math.ceil((cost - rule.a) / rule.count) * rule.step end
            end
            if cost > rule.burst then
                if not never then slowest = i end
                never = true
            elseif at > allowedAt then
                allowedAt = at
                if not never then slowest = i end
            end
            rules[i] = rule
        end
        local allowed = not never and allowedAt <= now
        local remaining, scarcest, reset = nil, 1, 0
        local write = {'s', ARGV[5], 'o', string.format('%.0f', origin)}
        for i, rule in ipairs(rules) do
            local a, b = rule.a, rule.b
            if allowed then a, b = rule.a2, rule.b2 end
            local left, back
            if rule.smooth then
                left = math.max(0, rule.burst - math.ceil((a - now) / rule.step))
                back = a - now
            else
                left = math.max(0, a)
                back = 0
                if a < rule.burst then back = b + math.ceil((rule.burst - a) / rule.count) * rule.step - now end
            end
            if remaining == nil or left < remaining then remaining, scarcest = left, i end
            reset = math.max(reset, back)
            write[#write + 1] = 'a' .. i
            write[#write + 1] = string.format('%.0f', a)
            write[#write + 1] = 'b' .. i
            write[#write + 1] = string.format('%.0f', b)
        end
        if not allowed then
            return {0, remaining, rules[slowest].burst, slowest - 1, never and -1 or allowedAt - now, reset}
        end
        redis.call('HSET', KEYS[1], unpack(write))
        redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.ceil(reset / 1000000) + 1000 + jitter))
        return {1, remaining, rules[scarcest].burst, scarcest - 1, -1, reset}
        """)
}
