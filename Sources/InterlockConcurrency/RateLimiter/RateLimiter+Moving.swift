import Synchronization

// A key that goes from one set of limits to another takes along what it has used.
extension RateLimiter {
    /// Whether anything is known of a key.
    package func knows(_ key: Key) -> Bool { state.withLock { $0.knows(key) } }

    /// Takes a key over from a limiter whose rules are of the same kinds, in the same order; false if that does not know it.
    ///
    /// What it has used counts on in units: of evenly spaced ones as many as had not come back, of a bucket's what was left, at most the new burst.
    package func adopt(_ key: Key, from other: RateLimiter) -> Bool {
        let now = clock.now.nanoseconds
        guard let used = other.state.withLock({ $0.takeOut(key) }) else { return false }
        state.withLock { $0.putIn(key, used, now: now) }
        return true
    }
}

extension RateLimiterStateMachine {
    /// What a key has used, and the rules it is counted by.
    struct Used: Sendable {
        var rules: [RateRule]
        var states: [RateRule.State]
        var blockedUntil: Int64
    }

    func knows(_ key: Key) -> Bool { table.find(key, hash: RateTable<Key>.hash(of: key)) != nil }

    mutating func takeOut(_ key: Key) -> Used? {
        guard let index = table.find(key, hash: RateTable<Key>.hash(of: key)) else { return nil }
        let used = Used(rules: rules, states: rules.indices.map { state(index, $0, now: 0) }, blockedUntil: table.slots[index].blockedUntil)
        table.remove(at: index)
        return used
    }

    mutating func putIn(_ key: Key, _ used: Used, now: Int64) {
        precondition(used.rules.map(\.isGCRA) == rules.map(\.isGCRA), "a key moves only between limits of the same kinds")
        let index = insert(key, hash: RateTable<Key>.hash(of: key), now: now)
        for (number, rule) in rules.enumerated() { set(rule.converted(used.states[number], from: used.rules[number], now: now), index, number) }
        table.slots[index].blockedUntil = max(table.slots[index].blockedUntil, used.blockedUntil)
    }
}

extension RateRule {
    /// What a key has used of another rule of this kind, in the numbers of this one.
    func converted(_ state: State, from other: RateRule, now: Int64) -> State {
        guard isGCRA else {
            let current = other.refilled(state, now: now)
            return State(first: min(burst, current.first), second: current.second)
        }
        // All of them, also beyond this burst: what was cut off here would be free again when the key goes back.
        let used = Double(max(state.first, now) - now) / Double(other.step) * Double(step)
        return State(first: now + Int64(min(used, Double(Int64.max / 4))), second: 0)
    }
}
