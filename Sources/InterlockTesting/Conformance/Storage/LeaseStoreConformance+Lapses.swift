import InterlockStorage

extension LeaseStoreConformance {
    static let lapses: [Check] = [
        Check("a lapsed lease is free for another", rule: "LeaseStore: permits are given back by time when their holder dies.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let lapsed = try await instances.store.hold("one", limit: 1, for: .brief, expect)
            try await instances.advance(.overBrief)
            let next = try await instances.secondInstance().hold("one", limit: 1, expect)
            try expect.require(next.fence > lapsed.fence, "a fence above \(lapsed.fence)", found: "\(next.fence)")
            try expect.require(next.id != lapsed.id, "an id of its own", found: "the same id twice")
        },
        Check("a lapsed lease cannot be renewed", rule: "LeaseStore.renew: false if the lease has lapsed: stop what it guards.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let free = try await instances.store.hold("free", limit: 1, for: .brief, expect)
            let taken = try await instances.store.hold("taken", limit: 1, for: .brief, expect)
            try await instances.advance(.overBrief)
            _ = try await instances.store.hold("taken", limit: 1, expect)
            try expect.same(try await instances.store.renew(free, duration: .long), false, "the answer to a renewal of what nobody else has taken")
            try expect.same(try await instances.store.renew(taken, duration: .long), false, "the answer to a renewal of what another has taken")
            _ = try await instances.store.hold("free", limit: 1, expect)
        },
        Check("a renewed lease holds on", rule: "LeaseStore.renew: holds on for `duration` from now.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let second = try await instances.secondInstance()
            // What it takes to reach the store for the first time is not taken from the lease.
            _ = try await second.hold("another", limit: 1, expect)
            let lease = try await instances.store.hold("one", limit: 1, for: .seconds(2), expect)
            try expect.same(try await second.renew(lease, duration: .long), true, "the answer to a renewal")
            try await instances.advance(.milliseconds(2_500))
            try expect.same(try await instances.store.acquire("one", limit: 1, duration: .long), nil, "the answer to another after the first time is over")
            try expect.same(try await instances.store.renew(lease, duration: .long), true, "the answer to a second renewal")
        },
    ]

    static let holders: [Check] = [
        Check("releasing twice is harmless", rule: "LeaseStore.release: gives the permit back; a lease that was given back frees no other.") { subject, expect in
            let store = try await subject.makeRoomy().store
            let first = try await store.hold("one", limit: 2, expect)
            let second = try await store.hold("one", limit: 2, expect)
            try await store.release(first)
            try await store.release(first)
            try expect.same(try await store.renew(first, duration: .long), false, "the answer to a renewal of what was released")
            _ = try await store.hold("one", limit: 2, expect)
            try expect.same(try await store.acquire("one", limit: 2, duration: .long), nil, "the answer to one too many")
            try expect.same(try await store.renew(second, duration: .long), true, "the answer to a renewal by the other holder")
        },
        Check("releasing a lapsed lease does not free the new holder's", rule: "LeaseStore.release: a lapsed lease is ignored.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let store = instances.store
            let lapsed = try await store.hold("one", limit: 1, for: .brief, expect)
            try await instances.advance(.overBrief)
            let next = try await store.hold("one", limit: 1, expect)
            try await store.release(lapsed)
            try expect.same(try await store.acquire("one", limit: 1, duration: .long), nil, "the answer to a third while the second holds")
            try expect.same(try await store.renew(next, duration: .long), true, "the answer to a renewal by the second")
        },
        Check("who does not know the id neither renews nor releases", rule: "Lease.id: names the holder; unguessable.") { subject, expect in
            let store = try await subject.makeRoomy().store
            let lease = try await store.hold("one", limit: 1, expect)
            let forged = Lease(key: "one", id: lease.id + "x", fence: lease.fence)
            try expect.same(try await store.renew(forged, duration: .long), false, "the answer to a renewal under another id")
            try await store.release(forged)
            try expect.same(try await store.acquire("one", limit: 1, duration: .long), nil, "the answer while the key is held")
        },
        Check("a full store refuses, and lapsed leases make room", rule: "StoreError.Code.full: the store has no room left. A live lease never makes room for another.") { subject, expect in
            try expect.needBound(subject)
            let instances = try await subject.make(3)
            let store = instances.store
            let kept = try await store.hold("kept", limit: 1, expect)
            for number in 0..<2 { _ = try await store.hold("k\(number)", limit: 1, for: .brief, expect) }
            try await instances.advance(.overBrief)
            for number in 2..<4 { _ = try await store.hold("k\(number)", limit: 1, expect) }
            try await expect.refusal(.full, of: "a lease too many") { try await store.acquire("new", limit: 1, duration: .long) }
            try expect.same(try await store.renew(kept, duration: .long), true, "the answer to a renewal of the oldest")
        },
    ]
}
