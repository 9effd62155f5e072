import InterlockConcurrency
import InterlockSimulation

/// A rate limiter written the slow and obvious way: for each key and rule a list of what was taken or a level, and exact
/// time steps. With one guard taken out it is the negative control.
struct RateModel {
    enum Fault: CaseIterable, Sendable {
        /// Charges the rules before one that refuses.
        case chargesSome
        /// A refused request is charged all the same.
        case chargesRefused
        /// Lets one more in than the burst.
        case oneTooMany
        /// What was used never comes back.
        case neverRefills
        /// All keys share one account.
        case sharesKeys
    }

    struct Rule {
        var isGCRA: Bool
        var step: Int
        var count: Int
        var burst: Int
    }

    private struct Account {
        /// GCRA: units out, and for how long the first of them still is. Bucket: level and when its period began.
        var debt: Int
        var level: Int
        var since: Int
    }

    let rules: [Rule]
    let fault: Fault?
    private var accounts: [Int: [Account]] = [:]
    private var now = 0

    init(_ rules: [Rule], fault: Fault? = nil) {
        self.rules = rules
        self.fault = fault
    }

    /// Lets time pass, one nanosecond at a time.
    mutating func advance(to time: Int) {
        while now < time {
            now += 1
            guard fault != .neverRefills else { continue }
            for key in accounts.keys {
                for (index, rule) in rules.enumerated() {
                    if rule.isGCRA {
                        accounts[key]![index].debt = max(0, accounts[key]![index].debt - 1)
                    } else if now - accounts[key]![index].since == rule.step {
                        accounts[key]![index].level = min(rule.burst, accounts[key]![index].level + rule.count)
                        accounts[key]![index].since = now
                    }
                }
            }
        }
    }

    mutating func take(_ key: Int, cost: Int) -> Bool {
        let key = fault == .sharesKeys ? 0 : key
        var charged = accounts[key] ?? rules.map { Account(debt: 0, level: $0.burst, since: now) }
        var isAllowed = true
        for (index, rule) in rules.enumerated() {
            let allowance = fault == .oneTooMany ? rule.burst + 1 : rule.burst
            if rule.isGCRA {
                if charged[index].debt + cost * rule.step > allowance * rule.step { isAllowed = false }
                if isAllowed || fault == .chargesRefused { charged[index].debt += cost * rule.step }
            } else {
                if charged[index].level + (allowance - rule.burst) < cost { isAllowed = false }
                if isAllowed || fault == .chargesRefused { charged[index].level -= cost }
            }
            if !isAllowed, fault != .chargesSome, fault != .chargesRefused { return false }
            if !isAllowed, fault == .chargesSome { break }
        }
        if isAllowed || fault == .chargesSome || fault == .chargesRefused { accounts[key] = charged }
        return isAllowed
    }

    /// Compares the answers of two limiters to the same random requests. `nil` when they agree.
    static func violation(seed: UInt64, fault: Fault?) -> String? {
        var random = SeededRandom(seed: seed)
        let limits = (0..<Int.random(in: 1...3, using: &random)).map { _ -> RateLimit in
            let count = Int.random(in: 1...4, using: &random)
            return RateLimit(
                count, per: .nanoseconds(count * Int.random(in: 1...20, using: &random)), burst: Int.random(in: 1...6, using: &random),
                algorithm: Bool.random(using: &random) ? .gcra : .tokenBucket)
        }
        let rules = limits.map { limit -> Rule in
            let period = Int(limit.period / .nanoseconds(1))
            return Rule(isGCRA: limit.algorithm == .gcra, step: limit.algorithm == .gcra ? period / limit.count : period, count: limit.count, burst: limit.burst)
        }
        var machine = RateLimiterStateMachine<Int>(limits, blockTime: nil, maxKeys: 100)
        var subject = RateModel(rules, fault: fault)
        var model = RateModel(rules)
        var now = 0
        for event in 0..<120 {
            now += Int.random(in: 0...12, using: &random)
            let key = Int.random(in: 0...2, using: &random)
            let cost = Int.random(in: 1...3, using: &random)
            subject.advance(to: now)
            model.advance(to: now)
            let expected = model.take(key, cost: cost)
            let got: Bool
            if fault == nil {
                let decision = machine.take(key, cost: cost, now: Int64(now), latest: Int64(now)).decision
                got = decision.isAllowed
                if !got, let wait = decision.retryAfter.map({ Int64($0 / .nanoseconds(1)) }) {
                    let early = machine.take(key, cost: cost, now: Int64(now) + wait - 1, latest: Int64(now) + wait - 1, commits: false)
                    let onTime = machine.take(key, cost: cost, now: Int64(now) + wait, latest: Int64(now) + wait, commits: false)
                    if early.decision.isAllowed || !onTime.decision.isAllowed { return "seed \(seed), event \(event): the retry-after is not exact" }
                }
            } else {
                got = subject.take(key, cost: cost)
            }
            if got != expected { return "seed \(seed), event \(event): \(got ? "let in" : "refused") what should be \(expected ? "let in" : "refused")" }
        }
        return nil
    }
}
