import InterlockStorage

extension SessionStoreConformance {
    static let quota: [Check] = [
        Check(
            "a tenant gets as many sessions as its quota says, and nobody else's count",
            rule: "SessionStore.create: makes the record if its tenant has room for one more; false, with nothing made, if it has none."
        ) { subject, expect in
            let store = try await subject.makeRoomy()
            let three = SessionQuota(maximum: 3)
            // Names that only resemble each other are different tenants, and none at all is one of its own.
            let tenants = ["acme", "", "ACME", "acme ", "{acme}", "%7Bacme%7D", "caf\u{E9}", "cafe\u{301}"]
            for (index, tenant) in tenants.enumerated() {
                for number in 1...3 {
                    let record = SessionRecord.bare("s\(index).\(number)", tenant: tenant)
                    try expect.same(try await store.create(record, within: three), true, "whether session \(number) of \(tenant.debugDescription) was made")
                    try expect.same(try await store.load(record.id), record, "the record \(record.id)")
                }
            }
            for (index, tenant) in tenants.enumerated() {
                let record = SessionRecord.bare("s\(index).4", tenant: tenant)
                try expect.same(try await store.create(record, within: three), false, "whether session 4 of \(tenant.debugDescription) was made")
                try expect.same(try await store.load(record.id), nil, "the record \(record.id), which was refused")
            }
            try expect.same(try await store.count(), 3 * tenants.count, "the count")
            try expect.same(try await store.create(.bare("none"), within: SessionQuota(maximum: 0)), true, "whether a session that nobody counts was made")
            try expect.same(try await store.create(.bare("no room", tenant: "new"), within: SessionQuota(maximum: 0)), false, "whether one of none was made")
            try expect.same(try await store.create(.bare("fourth", tenant: "acme"), within: SessionQuota(maximum: nil)), true, "whether one without a bound was made")
            try expect.same(try await store.create(.bare("fifth", tenant: "acme"), within: SessionQuota(maximum: 4)), false, "whether a fifth of four was made")
            try expect.same(try await store.create(.bare("fifth", tenant: "acme"), within: SessionQuota(maximum: 5)), true, "whether a fifth of five was made")
        },
        Check(
            "a session counts once, whatever is done with it, and gives its place back once",
            rule: "SessionStore.create: a session counts once however often it is saved, loaded or touched; its place is free again when it was removed."
        ) { subject, expect in
            let store = try await subject.makeRoomy()
            let two = SessionQuota(maximum: 2)
            var first = SessionRecord.bare("first", tenant: "acme")
            try expect.same(try await store.create(first, within: two), true, "whether the first was made")
            try await store.save(first)
            first.version = 1
            try expect.same(try await store.replace(first, expecting: 0), true, "whether it was replaced")
            try await store.touch("first", at: 50)
            _ = try await store.load("first")
            try expect.same(try await store.create(.bare("second", tenant: "acme"), within: two), true, "whether a second was made")
            try expect.same(try await store.create(.bare("third", tenant: "acme"), within: two), false, "whether a third was made")
            try await store.remove("first")
            try await store.remove("first")
            try await store.remove("nobody")
            try expect.same(try await store.create(.bare("third", tenant: "acme"), within: two), true, "whether a third was made when the first was removed")
            try expect.same(try await store.create(.bare("fourth", tenant: "acme"), within: two), false, "whether a fourth was made in a place given back twice")
            try expect.same(try await store.removeSessions(createdBefore: 2, lastUsedBefore: 0), 2, "the number of sessions forgotten")
            for id in ["fifth", "sixth"] {
                try expect.same(try await store.create(.bare(id, tenant: "acme"), within: two), true, "whether the \(id) was made when all were forgotten")
            }
            try expect.same(try await store.create(.bare("seventh", tenant: "acme"), within: two), false, "whether a seventh was made")
        },
        Check(
            "sessions that are too old or too long unused hold no place",
            rule: "SessionQuota: sessions made or last used before its times do not count any more."
        ) { subject, expect in
            if subject.lapsesByItself { throw SkippedCheck(reason: "\(subject) forgets by a clock of its own") }
            let store = try await subject.makeRoomy()
            try await store.save(.bare("old", tenant: "acme", createdAt: 49, lastUsedAt: 1_000))
            try await store.save(.bare("idle", tenant: "acme", createdAt: 50, lastUsedAt: 99))
            try await store.save(.bare("edge", tenant: "acme", createdAt: 50, lastUsedAt: 100))
            let now = SessionQuota(maximum: 2, createdSince: 50, usedSince: 100)
            try expect.same(try await store.create(.bare("new", tenant: "acme", createdAt: 60, lastUsedAt: 200), within: now), true, "whether one was made")
            try expect.same(try await store.create(.bare("more", tenant: "acme", createdAt: 60, lastUsedAt: 200), within: now), false, "whether another was made")
            let later = SessionQuota(maximum: 2, createdSince: 50, usedSince: 150)
            try expect.same(try await store.create(.bare("more", tenant: "acme", createdAt: 60, lastUsedAt: 200), within: later), true, "whether it was made later")
        },
        Check(
            "of 60 sessions begun at once exactly as many are made as the quota says",
            rule: "SessionStore.create counts and makes in one step."
        ) { subject, expect in
            let store = try await subject.makeRoomy()
            let made = try await withThrowingTaskGroup { group in
                for number in 0..<60 {
                    group.addTask { try await store.create(.bare("s\(number)", tenant: number.isMultiple(of: 2) ? "a" : "b"), within: SessionQuota(maximum: 7)) }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            try expect.same(made, 14, "the sessions made of two tenants with seven each")
            try expect.same(try await store.count(), 14, "the count")
        },
    ]
}
