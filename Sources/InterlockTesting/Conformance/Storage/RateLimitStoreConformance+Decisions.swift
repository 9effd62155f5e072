import InterlockConcurrency
import InterlockStorage

extension RateLimitStoreConformance {
    static let decisions: [Check] = [
        Check("the burst is let in, and no more", rule: "RateLimit.burst: units that may be used at once by somebody who has used none for long.") { subject, expect in
            for algorithm in [RateLimit.Algorithm.gcra, .tokenBucket] {
                let store = try await subject.makeRoomy().store
                let limits = [RateLimit(5, per: .long, algorithm: algorithm)]
                for left in [4, 3, 2, 1, 0] {
                    let decision = try await store.take(1, from: "one", limits: limits)
                    try expect.require(decision.isAllowed && decision.remaining == left, "a request to be let in and leave \(left) (\(algorithm))", found: "\(decision)")
                    try expect.same(decision.limit, 5, "the limit")
                }
                let refused = try await store.take(1, from: "one", limits: limits)
                try expect.require(!refused.isAllowed && refused.remaining == 0, "the sixth request to be refused (\(algorithm))", found: "\(refused)")
            }
        },
        Check("a request is charged to every limit, or to none", rule: "RateLimitStore.take: takes `cost` from every limit under `key`, or from none of them.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let limits = [RateLimit(3, per: .long), RateLimit(1, per: .brief), RateLimit(100, per: .long)]
            for round in 0..<3 {
                if round > 0 { try await instances.advance(.overBrief) }
                try expect.same(try await instances.store.take(1, from: "one", limits: limits).isAllowed, true, "whether request \(round + 1) within all limits is let in")
                if round > 0 { continue }
                for cost in [2, 2, 3] { try expect.same(try await instances.store.take(cost, from: "one", limits: limits).isAllowed, false, "whether a request above the second limit is let in") }
            }
            try await instances.advance(.overBrief)
            let last = try await instances.store.take(1, from: "one", limits: limits)
            try expect.require(!last.isAllowed, "the request above the first limit to be refused", found: "\(last)")
        },
        Check("what costs more than the burst is refused for good", rule: "RateLimitStore.take: a cost above a limit's burst is refused for good; retryAfter is `nil`.") { subject, expect in
            let store = try await subject.makeRoomy().store
            for algorithm in [RateLimit.Algorithm.gcra, .tokenBucket] {
                let limits = [RateLimit(100, per: .long, burst: 3, algorithm: algorithm)]
                let refused = try await store.take(4, from: "\(algorithm)", limits: limits)
                try expect.require(!refused.isAllowed, "a cost of 4 above the burst of 3 to be refused", found: "\(refused)")
                try expect.same(refused.retryAfter, nil, "when to try again (\(algorithm))")
                try expect.same(try await store.take(3, from: "\(algorithm)", limits: limits).isAllowed, true, "whether the whole burst is let in after it")
            }
        },
        Check("keys are independent, byte for byte", rule: "RateLimitStore.take, key: compared byte for byte.") { subject, expect in
            let store = try await subject.makeRoomy().store
            let (key, limits) = ("Key-1;K`", [RateLimit(1, per: .long)])
            _ = try await store.take(1, from: key, limits: limits)
            for other in key.lookalikes where !other.isEmpty {
                try expect.same(try await store.take(1, from: other, limits: limits).isAllowed, true, "whether \(other.debugDescription) is let in")
            }
            try expect.same(try await store.take(1, from: key, limits: limits).isAllowed, false, "whether the key is let in a second time")
        },
        Check("what was used counts on under other numbers", rule: "RateLimitStore.take, limits: instances that disagree for a while let in no more than the most generous of their limits.") { subject, expect in
            for algorithm in [RateLimit.Algorithm.gcra, .tokenBucket] {
                let instances = try await subject.makeRoomy()
                let stores = [instances.store, try await instances.secondInstance()]
                let limits = [[RateLimit(2, per: .long, algorithm: algorithm)], [RateLimit(5, per: .long * 2, algorithm: algorithm)]]
                var admitted = 0
                for round in 0..<20 where try await stores[round % 2].take(1, from: "one", limits: limits[round % 2]).isAllowed { admitted += 1 }
                try expect.require(admitted >= 2 && admitted <= 5, "2 to 5 of 20 requests under a burst of 2 and one of 5 in turns to be let in (\(algorithm))", found: "\(admitted)")
            }
        },
        Check("other kinds of limits start the key anew", rule: "RateLimitStore.take, limits: limits of other algorithms, or more or fewer of them, start the key anew.") { subject, expect in
            let store = try await subject.makeRoomy().store
            for limits in [[RateLimit(2, per: .long)], [RateLimit(3, per: .long), RateLimit(4, per: .long)], [RateLimit(2, per: .long, algorithm: .tokenBucket)]] {
                let burst = limits[0].burst
                try expect.same(try await store.take(burst, from: "one", limits: limits).isAllowed, true, "whether the burst of \(burst) is let in under new limits")
                try expect.same(try await store.take(1, from: "one", limits: limits).isAllowed, false, "whether more than it is let in")
            }
        },
    ]
}
