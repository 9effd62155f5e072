import InterlockStorage

extension StateStoreConformance {
    static let sharing: [Check] = [
        Check("what one instance writes the other reads", rule: "StateStore: what one instance has written every other reads.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let (first, second) = (instances.store, try await instances.secondInstance())
            try await first.put([1], under: "one", expect)
            let found = try await second.need("one", expect)
            try expect.same(found, try await first.need("one", expect), "what the second instance reads")
            try expect.same(try await second.commit([StateChange("one", expecting: .version(found.version), value: [2])]), true, "the answer to the second instance")
            try expect.same(try await first.need("one", expect).value, [2], "what the first instance reads")
            try expect.same(try await first.commit([StateChange("one", expecting: .version(found.version), value: [3])]), false, "the answer to a version that has passed")
        },
        Check("50 increments at once over two instances lose none", rule: "StateStore.commit: compare-and-set; of commits over one version one is made.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let (first, second) = (instances.store, try await instances.secondInstance())
            try await first.put([0], under: "count", expect)
            try await withThrowingTaskGroup { group in
                for number in 0..<50 {
                    let store = number.isMultiple(of: 2) ? first : second
                    group.addTask {
                        while true {
                            try Task.checkCancellation()
                            let now = try await store.need("count", expect)
                            if try await store.commit([StateChange("count", expecting: .version(now.version), value: [now.value[0] + 1])]) { return }
                        }
                    }
                }
                try await group.waitForAll()
            }
            try expect.same(try await first.need("count", expect).value, [50], "the count")
        },
        Check("nobody sees half of a commit", rule: "StateStore.load: the values under `keys`, of one moment.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let (first, second) = (instances.store, try await instances.secondInstance())
            let write = { @Sendable (value: UInt8) in ["{t}:a", "{t}:b"].map { StateChange($0, expecting: .anything, value: [value]) } }
            _ = try await first.commit(write(0))
            try await withThrowingTaskGroup { group in
                group.addTask { for value in 1...60 as ClosedRange<UInt8> { _ = try await first.commit(write(value)) } }
                group.addTask {
                    for _ in 0..<60 {
                        let found = try await second.load(["{t}:a", "{t}:b"]).map { $0?.value }
                        try expect.require(found.count == 2 && found[0] == found[1], "two values of one commit", found: "\(found)")
                    }
                }
                try await group.waitForAll()
            }
        },
    ]
}
