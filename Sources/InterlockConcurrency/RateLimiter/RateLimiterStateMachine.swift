/// Who has used how much of which rule, and whether one more request is within all of them.
///
/// All rules or none: a request is charged to every rule, or, when one refuses it, to none.
@usableFromInline
package struct RateLimiterStateMachine<Key: Hashable & Sendable>: Sendable {
    /// What a request came to.
    @usableFromInline
    package struct Outcome: Sendable {
        @usableFromInline package let decision: RateDecision
        /// How long to wait before running, for who may wait.
        @usableFromInline package let delayNanoseconds: Int64

        @inlinable
        init(decision: RateDecision, delayNanoseconds: Int64) {
            self.decision = decision
            self.delayNanoseconds = delayNanoseconds
        }
    }

    @usableFromInline var rules: [RateRule]
    @usableFromInline var table: RateTable<Key>
    @usableFromInline let blockNanoseconds: Int64
    @usableFromInline let isShadow: Bool
    @usableFromInline package var allowed = 0
    @usableFromInline package var refused = 0
    /// Of those refused, how many without a look at the rules.
    @usableFromInline package var refusedWhileBlocked = 0
    /// Those whose instant has not come yet.
    var line: RateLine<Key>
    /// States of the running request, by rule; kept to save an allocation.
    @usableFromInline var scratch: [RateRule.State] = []

    package init(
        _ limits: [RateLimit], blockTime: Duration?, maxKeys: Int, queue: QueueConfiguration = .init(depth: 0), isShadow: Bool = false
    ) {
        rules = limits.map(RateRule.init)
        table = RateTable(maxKeys: maxKeys, rules: limits.count)
        blockNanoseconds = blockTime.map { max(0, $0.wholeNanoseconds) } ?? 0
        self.isShadow = isShadow
        line = RateLine(queue)
    }

    package var keys: Int { table.count }
    package var evictedRecovered: Int { table.evictedRecovered }
    package var evictedLive: Int { table.evictedLive }

    /// Charges a request that may run not later than `latest`, or refuses it.
    ///
    /// - Parameter commits: Whether to charge and count it; `false` only asks.
    @inlinable
    package mutating func take(_ key: Key, cost: Int, now: Int64, latest: Int64, commits: Bool = true) -> Outcome {
        let hash = RateTable<Key>.hash(of: key)
        let found = table.find(key, hash: hash)
        if let found, table.slots[found].blockedUntil > latest {
            if commits { refusedWhileBlocked += 1 }
            return refuse(found, rule: 0, until: table.slots[found].blockedUntil, now: now, commits: commits)
        }
        let cost = Int64(max(0, cost))
        var allowedAt = found.map { table.slots[$0].blockedUntil } ?? .min
        var slowest = 0
        if rules.count == 1 {
            let quote = rules[0].quote(found.map { table.slots[$0].state } ?? rules[0].fresh(now: now), cost: cost, now: now)
            allowedAt = max(allowedAt, quote.allowedAt)
            guard allowedAt <= latest else {
                return overLimit(key, hash: hash, at: found, rule: 0, allowedAt: allowedAt, now: now, commits: commits, blocks: latest <= now)
            }
            guard commits else { return admit([quote.after], allowedAt: allowedAt, now: now) }
            let index = found ?? insert(key, hash: hash, now: now)
            table.slots[index].state = quote.after
            allowed += 1
            let remaining = rules[0].remaining(quote.after, now: now)
            return Outcome(
                decision: RateDecision(
                    isAllowed: true, isOverLimit: false, remaining: Int(remaining), limit: Int(rules[0].burst), rule: 0,
                    retryNanoseconds: 0, resetNanoseconds: max(0, rules[0].recovery(quote.after) &- now)),
                delayNanoseconds: max(allowedAt, now) &- now)
        }
        scratch.removeAll(keepingCapacity: true)
        for (number, rule) in rules.enumerated() {
            let quote = rule.quote(state(found, number, now: now), cost: cost, now: now)
            scratch.append(quote.after)
            if quote.allowedAt > allowedAt {
                allowedAt = quote.allowedAt
                slowest = number
            }
        }
        guard allowedAt <= latest else {
            return overLimit(key, hash: hash, at: found, rule: slowest, allowedAt: allowedAt, now: now, commits: commits, blocks: latest <= now)
        }
        if commits {
            let index = found ?? insert(key, hash: hash, now: now)
            for number in rules.indices { set(scratch[number], index, number) }
            allowed += 1
        }
        return admit(scratch, allowedAt: allowedAt, now: now)
    }

    /// Gives back what a request was charged that did not run after all.
    @inlinable
    package mutating func giveBack(_ key: Key, cost: Int) {
        guard let index = table.find(key, hash: RateTable<Key>.hash(of: key)) else { return }
        for (number, rule) in rules.enumerated() {
            set(rule.returned(state(index, number, now: 0), cost: Int64(max(0, cost))), index, number)
        }
    }

    /// Refuses a key until an instant, whatever its rules say. An earlier instant than before changes nothing.
    @inlinable
    package mutating func block(_ key: Key, until: Int64, now: Int64) {
        let hash = RateTable<Key>.hash(of: key)
        let index: Int
        if let found = table.find(key, hash: hash) { index = found } else { index = insert(key, hash: hash, now: now) }
        table.slots[index].blockedUntil = max(table.slots[index].blockedUntil, until)
    }

    /// The refusal of a key that is known to be over its limit; `nil` when nothing is known.
    @inlinable
    package mutating func knownRefusal(_ key: Key, now: Int64) -> RateDecision? {
        guard let found = table.find(key, hash: RateTable<Key>.hash(of: key)), table.slots[found].blockedUntil > now else { return nil }
        refusedWhileBlocked += 1
        return refuse(found, rule: 0, until: table.slots[found].blockedUntil, now: now, commits: true).decision
    }

    /// Forgets a key with all it has used. Returns whether it was known.
    @inlinable
    package mutating func reset(_ key: Key) -> Bool {
        guard let index = table.find(key, hash: RateTable<Key>.hash(of: key)) else { return false }
        table.remove(at: index)
        return true
    }

    /// Replaces the rules. What keys have used is carried over when number and algorithms stay the same, and forgotten otherwise.
    package mutating func setLimits(_ limits: [RateLimit]) {
        let new = limits.map(RateRule.init)
        let isSameShape = new.map(\.isGCRA) == rules.map(\.isGCRA)
        rules = new
        if !isSameShape { table = RateTable(maxKeys: table.maxKeys, rules: new.count) }
    }

    /// A request that has reserved its instant waits for it; its units go back when it cannot, and those of who has to leave for it.
    mutating func wait(_ seat: RateLine<Key>.Seat, deadline: MonotonicTime?) -> RateLine<Key>.Joining {
        let joining = line.join(seat, deadline: deadline)
        switch joining {
        case .queued(_, let evicted): if let evicted { giveBack(evicted.key, cost: evicted.cost) }
        case .queueFull, .shutDown: giveBack(seat.key, cost: seat.cost)
        }
        return joining
    }

    /// A waiter leaves before its instant; `nil` when it has been told by now.
    ///
    /// Its units go back unless somebody of its key has a later instant: they would come back behind that one, where two would
    /// run at once then and the limit be passed.
    mutating func giveUp(_ ticket: RateLine<Key>.Ticket) -> (waiter: RateLine<Key>.Cell, drained: [RateLine<Key>.Cell])? {
        guard let (seat, wasLast, drained) = line.leave(ticket) else { return nil }
        if wasLast { giveBack(seat.key, cost: seat.cost) }
        return (seat.waiter, drained)
    }

    /// How long a request would wait for its instant if it were made now: when who has to leave the line may come again and need not wait.
    mutating func wait(of seat: RateLine<Key>.Seat, now: Int64) -> Duration? {
        let outcome = take(seat.key, cost: seat.cost, now: now, latest: .max / 4, commits: false)
        return outcome.decision.isAllowed ? .nanoseconds(outcome.delayNanoseconds) : nil
    }

    @inlinable
    mutating func insert(_ key: Key, hash: UInt, now: Int64) -> Int {
        let rules = rules
        let index = table.insert(key, hash: hash, now: now) { table, index in
            var latest = max(table.slots[index].blockedUntil, rules.isEmpty ? .min : rules[0].recovery(table.slots[index].state))
            for number in 0..<table.othersPerSlot {
                latest = max(latest, rules[number + 1].recovery(table.others[index * table.othersPerSlot + number]))
            }
            return latest
        }
        for (number, rule) in rules.enumerated() { set(rule.fresh(now: now), index, number) }
        return index
    }

    @inlinable
    func state(_ index: Int?, _ rule: Int, now: Int64) -> RateRule.State {
        guard let index else { return rules[rule].fresh(now: now) }
        return rule == 0 ? table.slots[index].state : table.others[index * table.othersPerSlot + rule - 1]
    }

    @inlinable
    mutating func set(_ state: RateRule.State, _ index: Int, _ rule: Int) {
        if rule == 0 { table.slots[index].state = state } else { table.others[index * table.othersPerSlot + rule - 1] = state }
    }

    @usableFromInline
    func admit(_ states: [RateRule.State], allowedAt: Int64, now: Int64) -> Outcome {
        var scarcest = 0
        var remaining = Int64.max
        var reset: Int64 = 0
        for (number, rule) in rules.enumerated() {
            let left = rule.remaining(states[number], now: now)
            if left < remaining { (remaining, scarcest) = (left, number) }
            reset = max(reset, rule.recovery(states[number]) &- now)
        }
        return Outcome(
            decision: RateDecision(
                isAllowed: true, isOverLimit: false, remaining: Int(remaining), limit: rules.isEmpty ? .max : Int(rules[scarcest].burst),
                rule: scarcest, retryNanoseconds: 0, resetNanoseconds: reset),
            delayNanoseconds: max(allowedAt, now) &- now)
    }

    /// A request was over a rule, which may block its key for a while; not for who would have waited, and only has no time to.
    @usableFromInline
    mutating func overLimit(
        _ key: Key, hash: UInt, at found: Int?, rule: Int, allowedAt: Int64, now: Int64, commits: Bool, blocks: Bool
    ) -> Outcome {
        var until = allowedAt
        var index = found
        if commits, blocks, blockNanoseconds > 0 {
            if index == nil { index = insert(key, hash: hash, now: now) }
            let blockedUntil = now &+ min(blockNanoseconds, .max - now)
            table.slots[index!].blockedUntil = max(table.slots[index!].blockedUntil, blockedUntil)
            until = max(until, blockedUntil)
        }
        return refuse(index, rule: rule, until: until, now: now, commits: commits)
    }

    @usableFromInline
    mutating func refuse(_ found: Int?, rule: Int, until: Int64, now: Int64, commits: Bool) -> Outcome {
        if commits { refused += 1 }
        var remaining = Int64.max
        var reset: Int64 = 0
        for number in rules.indices {
            let state = state(found, number, now: now)
            remaining = min(remaining, rules[number].remaining(state, now: now))
            reset = max(reset, rules[number].recovery(state) &- now)
        }
        return Outcome(
            decision: RateDecision(
                isAllowed: isShadow, isOverLimit: true, remaining: Int(remaining), limit: rules.isEmpty ? .max : Int(rules[rule].burst),
                rule: rule, retryNanoseconds: until == .max ? .max : until &- now, resetNanoseconds: reset),
            delayNanoseconds: 0)
    }
}
