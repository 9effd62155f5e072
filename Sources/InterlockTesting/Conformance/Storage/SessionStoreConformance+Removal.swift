import InterlockStorage

extension SessionStoreConformance {
    static let removal: [Check] = [
        Check("a removed session is gone, the others stay", rule: "SessionStore.remove: forgets the session; unknown ids are ignored.") { subject, expect in
            let store = try await subject.makeRoomy()
            try await store.save(.bare("gone"))
            try await store.save(.bare("kept"))
            try await store.remove("gone")
            try await store.remove("gone")
            try await store.touch("gone", at: 50)
            try expect.same(try await store.load("gone"), nil, "the removed record")
            try expect.same(try await store.load("kept"), .bare("kept"), "the other record")
            try expect.same(try await store.count(), 1, "the count")
            try await store.save(.bare("gone", principal: "bob"))
            try expect.same(try await store.load("gone"), .bare("gone", principal: "bob"), "a new record under the old id")
        },
        Check(
            "expiry forgets what is too old or too long unused, exactly, and says how many",
            rule: "SessionStore.removeSessions: forgets sessions made before `created` or last used before `used`, and returns how many."
        ) { subject, expect in
            let store = try await subject.makeRoomy()
            try await store.save(.bare("old", createdAt: 49, lastUsedAt: 1_000))
            try await store.save(.bare("idle", createdAt: 50, lastUsedAt: 99))
            try await store.save(.bare("both", createdAt: 1, lastUsedAt: 1))
            try await store.save(.bare("edge", createdAt: 50, lastUsedAt: 100))
            try await store.save(.bare("used again", createdAt: 50, lastUsedAt: 2))
            try await store.touch("used again", at: 100)
            try expect.same(try await store.removeSessions(createdBefore: 50, lastUsedBefore: 100), 3, "the number of sessions forgotten")
            for id in ["old", "idle", "both"] { try expect.same(try await store.load(id), nil, "the record \(id)") }
            for id in ["edge", "used again"] { _ = try expect.some(try await store.load(id), "the record \(id) to be kept") }
            try expect.same(try await store.removeSessions(createdBefore: 50, lastUsedBefore: 100), 0, "the number of sessions forgotten the second time")
            try expect.same(try await store.count(), 2, "the count")
        },
    ]
}
