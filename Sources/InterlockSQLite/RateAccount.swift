import Foundation
import InterlockConcurrency

/// What one key has used of its limits, as it is stored, and what one more request comes to. In nanoseconds of the wall clock.
///
/// The rules are those of `RateLimiter`, on numbers that fit in a row. A clock that was set back never makes a key wait longer
/// than if it had just used all it may.
struct RateAccount: Equatable {
    /// GCRA: the instant at which everything has come back, and the distance of two units in it. Token bucket: what is left, and when its running
    /// period began.
    struct Use: Equatable {
        var first: Int64
        var second: Int64
    }

    private struct Rule {
        var isEven: Bool
        /// Even: the distance of two units. Bucket: the period.
        var step: Int64
        var count: Int64
        var burst: Int64

        init(_ limit: RateLimit) {
            // An eighth of the clock's range: sums of an instant and two of these stay far below its end.
            let longest = Int64.max / 8
            let period = min(longest, max(1, limit.period.wholeNanoseconds))
            count = Int64(limit.count)
            isEven = limit.algorithm == .gcra
            step = isEven ? period / count + (period % count == 0 ? 0 : 1) : period
            burst = isEven ? min(Int64(limit.burst), longest / step) : min(Int64(limit.burst), longest)
        }

        func fresh(now: Int64) -> Use { isEven ? Use(first: now, second: step) : Use(first: burst, second: now) }

        /// The use as it is now, in the numbers of this rule: what has come back is back, and what was used under others counts on in units.
        func current(_ use: Use, now: Int64) -> Use {
            if isEven {
                var used = max(use.first, now) - now
                if use.second > 0, use.second != step {
                    let units = Double(used) / Double(use.second)
                    used = units < Double(burst) ? Int64(units * Double(step)) : burst * step
                }
                return Use(first: now + min(used, burst * step), second: step)
            }
            let begun = min(use.second, now)
            let periods = (now - begun) / step
            let level = max(0, min(use.first, burst))
            let needed = (burst - level + count - 1) / count
            return Use(first: periods >= needed ? burst : level + periods * count, second: begun + periods * step)
        }

        /// When `cost` may be taken of a current use; `nil` for never.
        func instant(of cost: Int64, from use: Use, now: Int64) -> Int64? {
            guard cost <= burst else { return nil }
            if isEven { return use.first + cost * step - burst * step }
            return use.first >= cost ? now : instant(ofLevel: cost, from: use)
        }

        func taking(_ cost: Int64, from use: Use) -> Use {
            isEven ? Use(first: use.first + cost * step, second: step) : Use(first: use.first - cost, second: use.second)
        }

        func remaining(_ use: Use, now: Int64) -> Int64 {
            isEven ? max(0, burst - (use.first - now + step - 1) / step) : max(0, use.first)
        }

        /// When everything has come back.
        func recovery(_ use: Use) -> Int64 {
            isEven ? use.first : use.first >= burst ? use.second : instant(ofLevel: burst, from: use)
        }

        private func instant(ofLevel level: Int64, from use: Use) -> Int64 {
            let (wait, overflow) = ((level - use.first + count - 1) / count).multipliedReportingOverflow(by: step)
            let (time, timeOverflow) = use.second.addingReportingOverflow(wait)
            return overflow || timeOverflow ? .max : time
        }
    }

    private let rules: [Rule]
    private(set) var uses: [Use]

    /// - Parameter uses: as they were stored; `nil` for a key that has used nothing.
    init(_ limits: [RateLimit], uses: [Use]?, now: Int64) {
        rules = limits.map(Rule.init)
        self.uses = uses ?? rules.map { $0.fresh(now: now) }
    }

    static func == (a: RateAccount, b: RateAccount) -> Bool { a.uses == b.uses }

    /// When everything the key has used is back, and it is as good as forgotten.
    var recovery: Int64 { zip(rules, uses).map { $0.recovery($1) }.max() ?? 0 }

    /// Charges every limit or none.
    mutating func take(_ cost: Int, now: Int64) -> RateDecision {
        let cost = Int64(cost)
        let current = zip(rules, uses).map { $0.current($1, now: now) }
        var (allowedAt, slowest) = (now, 0)
        for (number, rule) in rules.enumerated() {
            let instant = rule.instant(of: cost, from: current[number], now: now) ?? .max
            if instant > allowedAt { (allowedAt, slowest) = (instant, number) }
        }
        let isAllowed = allowedAt <= now
        uses = isAllowed ? zip(rules, current).map { $0.taking(cost, from: $1) } : current
        let remaining = zip(rules, uses).map { $0.remaining($1, now: now) }
        let scarcest = remaining.indices.min { remaining[$0] < remaining[$1] } ?? 0
        let rule = isAllowed ? scarcest : slowest
        var decision = RateDecision(
            isAllowed: isAllowed, remaining: Int(remaining[scarcest]), limit: Int(rules[rule].burst),
            retryAfter: isAllowed || allowedAt == .max ? nil : .nanoseconds(allowedAt - now), resetAfter: .nanoseconds(max(0, recovery - now)))
        decision.rule = rule
        return decision
    }
}

extension RateAccount {
    /// Sixteen bytes for each limit.
    var stored: Data {
        var data = Data(capacity: uses.count * 16)
        for number in uses.flatMap({ [$0.first, $0.second] }) { withUnsafeBytes(of: number.bigEndian) { data.append(contentsOf: $0) } }
        return data
    }

    /// What ``stored`` gave for so many limits; `nil` if it is not that.
    static func uses(from data: Data, limits: Int) -> [Use]? {
        guard data.count == limits * 16 else { return nil }
        let numbers = stride(from: data.startIndex, to: data.endIndex, by: 8).map { start in
            data[start..<start + 8].reduce(Int64(0)) { $0 << 8 | Int64($1) }
        }
        return stride(from: 0, to: numbers.count, by: 2).map { Use(first: numbers[$0], second: numbers[$0 + 1]) }
    }
}
