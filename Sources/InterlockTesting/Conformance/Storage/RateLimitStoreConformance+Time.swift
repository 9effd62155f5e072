import InterlockConcurrency
import InterlockStorage

extension RateLimitStoreConformance {
    static let time: [Check] = [
        Check("who waits as long as it was told is let in", rule: "RateDecision.retryAfter: after which time the same request would be let in if nobody else asked.") { subject, expect in
            for algorithm in [RateLimit.Algorithm.gcra, .tokenBucket] {
                let instances = try await subject.makeRoomy()
                let limits = [RateLimit(3, per: .brief, algorithm: algorithm)]
                try expect.same(try await instances.store.take(3, from: "one", limits: limits).isAllowed, true, "whether the burst is let in")
                for cost in [1, 2] {
                    let refused = try await instances.store.take(cost, from: "one", limits: limits)
                    // On a store whose time is the world's the units may have come back by now.
                    guard !refused.isAllowed else { continue }
                    let retryAfter = try expect.some(refused.retryAfter, "a time to try again (\(algorithm))")
                    try expect.require(retryAfter > .zero && retryAfter <= .brief, "a time to try again within the period", found: "\(retryAfter)")
                    try await instances.advance(retryAfter)
                    let second = try await instances.store.take(cost, from: "one", limits: limits)
                    try expect.require(second.isAllowed, "a cost of \(cost) to be let in after \(retryAfter) (\(algorithm))", found: "\(second)")
                }
            }
        },
        Check("never more than the burst and what has come back since", rule: "RateLimit: so many units come back in a period, and so many may be used at once.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let limits = [RateLimit(40, per: .seconds(1), burst: 5)]
            let begin = ContinuousClock.now
            var (admitted, advanced) = (0, Duration.zero)
            for _ in 0..<10 {
                for _ in 0..<10 where try await instances.store.take(1, from: "one", limits: limits).isAllowed { admitted += 1 }
                // Whichever clock the store goes by: what was let pass, or the world's.
                let elapsed = max(advanced, ContinuousClock.now - begin)
                let most = 5 + Int(elapsed / .milliseconds(25)) + 1
                try expect.require(admitted <= most, "at most \(most) requests to be let in within \(elapsed)", found: "\(admitted)")
                try await instances.advance(.milliseconds(50))
                advanced += .milliseconds(50)
            }
            try expect.require(admitted >= 5 + 9 * 2 - 1, "at least \(5 + 9 * 2 - 1) requests to be let in", found: "\(admitted)")
        },
    ]

    static let sharing: [Check] = [
        Check("50 at once over two instances share one limit", rule: "RateLimitStore: rate limits that hold over everybody who shares the store.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let (first, second) = (instances.store, try await instances.secondInstance())
            let limits = [RateLimit(10, per: .long), RateLimit(20, per: .long, algorithm: .tokenBucket)]
            let allowed = try await withThrowingTaskGroup { group in
                for number in 0..<50 {
                    let store = number.isMultiple(of: 2) ? first : second
                    group.addTask { try await store.take(1, from: "one", limits: limits).isAllowed }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            try expect.same(allowed, 10, "the number of requests that were let in")
        },
    ]
}
