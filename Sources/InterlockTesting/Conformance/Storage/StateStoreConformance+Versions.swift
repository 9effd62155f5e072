import InterlockStorage

extension StateStoreConformance {
    static let versions: [Check] = [
        Check("only an absent key meets the expectation of absence", rule: "StateChange.Expectation.absent: what must be true of a key for a commit to happen.") { subject, expect in
            let store = try await subject.makeRoomy().store
            let create = { (value: UInt8) in StateChange("one", expecting: .absent, value: [value]) }
            try expect.same(try await store.commit([create(1)]), true, "the answer to the first creation")
            try expect.same(try await store.commit([create(2)]), false, "the answer to the second creation")
            try expect.same(try await store.need("one", expect).value, [1], "the value")
            try expect.same(try await store.commit([StateChange("one", expecting: .anything, value: nil)]), true, "the answer to the removal")
            try expect.same(try await store.load(["one"]), [nil], "what is loaded after the removal")
            try expect.same(try await store.commit([create(3)]), true, "the answer to a creation after the removal")
        },
        Check("a version that has passed changes nothing", rule: "StateStore.commit: makes the changes, or none if one of the versions they expect has passed.") { subject, expect in
            let store = try await subject.makeRoomy().store
            try await store.put([1], under: "one", expect)
            let first = try await store.need("one", expect)
            let set = { (value: [UInt8]?) in StateChange("one", expecting: .version(first.version), value: value) }
            try expect.same(try await store.commit([set([2])]), true, "the answer to a commit over the version that stands")
            let second = try await store.need("one", expect)
            try expect.same(try await store.commit([set([3])]), false, "the answer to a commit over a version that has passed")
            try expect.same(try await store.commit([set(nil)]), false, "the answer to a removal over a version that has passed")
            try expect.same(try await store.need("one", expect), second, "what is stored")
            let remove = StateChange("one", expecting: .version(second.version), value: nil)
            try expect.same(try await store.commit([remove]), true, "the answer to a removal over the version that stands")
            try expect.same(try await store.commit([remove]), false, "the answer to the same removal of a key that is absent")
        },
        Check("a version is never used again, not even after a removal", rule: "StoredState.version: differs after every change; never used twice for a key, also not after its removal.") { subject, expect in
            let store = try await subject.makeRoomy().store
            var seen: Set<UInt64> = []
            for round in 0..<20 {
                try await store.put([7], under: "one", expect)
                let version = try await store.need("one", expect).version
                try expect.require(seen.insert(version).inserted, "a version that was not there before, in round \(round)", found: "\(version) again")
                if round % 3 == 2 { _ = try await store.commit([StateChange("one", expecting: .version(version), value: nil)]) }
            }
        },
    ]
}
