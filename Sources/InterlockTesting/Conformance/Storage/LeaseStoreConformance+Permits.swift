import InterlockStorage

extension LeaseStoreConformance {
    static let permits: [Check] = [
        Check("no more than the limit hold a permit", rule: "LeaseStore.acquire: takes one of `limit` permits; `nil` if all are held.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let second = try await instances.secondInstance()
            var held: [Lease] = []
            for store in [instances.store, second, instances.store] { held.append(try await store.hold("one", limit: 3, expect)) }
            for store in [instances.store, second] {
                try expect.same(try await store.acquire("one", limit: 3, duration: .long), nil, "the answer to one too many")
            }
            try await second.release(held[0])
            _ = try await instances.store.hold("one", limit: 3, expect)
            try expect.same(try await second.acquire("one", limit: 3, duration: .long), nil, "the answer to one too many")
        },
        Check("50 at once never exceed the limit", rule: "LeaseStore.acquire: takes one of `limit` permits; `nil` if all are held.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let (first, second) = (instances.store, try await instances.secondInstance())
            let leases = try await withThrowingTaskGroup { group in
                for number in 0..<50 {
                    let store = number.isMultiple(of: 2) ? first : second
                    group.addTask { try await store.acquire("one", limit: 5, duration: .long) }
                }
                return try await group.reduce(into: [Lease]()) { if let lease = $1 { $0.append(lease) } }
            }
            try expect.same(leases.count, 5, "the number of permits that were granted")
            try expect.same(Set(leases.map(\.id)).count, 5, "the number of different ids")
            try expect.same(Set(leases.map(\.fence)).count, 5, "the number of different fences")
        },
        Check("fences rise with every grant of a key", rule: "Lease.fence: rises with every grant of the key, over all holders.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let stores = [instances.store, try await instances.secondInstance()]
            var last: UInt64?
            for round in 0..<20 {
                let lease = try await stores[round % 2].hold("one", limit: 1, expect)
                try expect.require(last.map { lease.fence > $0 } ?? true, "a fence above \(last ?? 0) in round \(round)", found: "\(lease.fence)")
                last = lease.fence
                try await stores[(round / 2) % 2].release(lease)
            }
        },
        Check("keys are independent, byte for byte", rule: "LeaseStore: a lease is of one key; keys are compared byte for byte.") { subject, expect in
            let store = try await subject.makeRoomy().store
            let key = "Key-1;K`"
            let lease = try await store.hold(key, limit: 1, expect)
            try expect.require(lease.key.utf8.elementsEqual(key.utf8), "the lease to name its key", found: lease.key)
            for other in key.lookalikes where !other.isEmpty {
                let another = try await store.hold(other, limit: 1, expect)
                try await store.release(another)
            }
            try expect.same(try await store.acquire(key, limit: 1, duration: .long), nil, "the answer while the key is held")
        },
    ]
}

extension LeaseStore {
    /// A lease that must be granted.
    func hold(_ key: String, limit: Int, for duration: Duration = .long, _ expect: Expectation) async throws -> Lease {
        try expect.some(try await acquire(key, limit: limit, duration: duration), "a permit of \(key.debugDescription), which is free")
    }
}
