import InterlockStorage

extension SessionStoreConformance {
    static let sharing: [Check] = [
        Check("200 tasks at once lose nothing", rule: "SessionStore: implementations are safe to call from anywhere at once.") { subject, expect in
            let store = try await subject.makeRoomy()
            try await withThrowingTaskGroup { group in
                for number in 0..<200 {
                    group.addTask {
                        let id = "s\(number)"
                        try await store.save(.bare(id, principal: "p\(number)"))
                        try await store.touch(id, at: 1_000 + Int64(number))
                        try expect.same(try await store.load(id), .bare(id, principal: "p\(number)", lastUsedAt: 1_000 + Int64(number)), "the record \(id)")
                        if number.isMultiple(of: 4) { try await store.remove(id) }
                    }
                }
                try await group.waitForAll()
            }
            try expect.same(try await store.count(), 150, "the count")
            for number in 0..<200 {
                let isKept = try await store.load("s\(number)") != nil
                try expect.same(isKept, !number.isMultiple(of: 4), "whether s\(number) is there")
            }
        },
        Check(
            "of records that are saved at once one stays, and it is whole",
            rule: "SessionStore.save replaces the record: no reader ever sees a mixture of two."
        ) { subject, expect in
            let store = try await subject.makeRoomy()
            let versions = (0..<50).map { number in
                SessionRecord.bare("one", principal: "p\(number)", createdAt: Int64(number), lastUsedAt: Int64(number))
            }
            try await store.save(versions[0])
            try await withThrowingTaskGroup { group in
                for version in versions {
                    group.addTask {
                        try await store.save(version)
                        let found = try expect.some(try await store.load("one"), "a record")
                        try expect.require(versions.contains(found), "one of the records that were saved", found: "\(found)")
                    }
                }
                try await group.waitForAll()
            }
            try expect.same(try await store.count(), 1, "the count")
        },
        Check(
            "of 20 replacements of one version one is made, and none of what is not there",
            rule: "SessionStore.replace: replaces the record with this id if it is there in this version; else false, with nothing changed."
        ) { subject, expect in
            let store = try await subject.makeRoomy()
            try expect.same(try await store.replace(.bare("one"), expecting: 0), false, "whether a record that is not there was replaced")
            try expect.same(try await store.load("one"), nil, "what is there after it")
            try await store.save(.bare("one", lastUsedAt: 50))
            for version in 0..<3 {
                let made = try await withThrowingTaskGroup { group in
                    for number in 0..<20 {
                        group.addTask {
                            var record = SessionRecord.bare("one", principal: "p\(number)", lastUsedAt: Int64(number))
                            record.version = Int64(version) + 1
                            return try await store.replace(record, expecting: Int64(version)) ? record : nil
                        }
                    }
                    return try await group.reduce(into: [SessionRecord]()) { if let record = $1 { $0.append(record) } }
                }
                try expect.same(made.count, 1, "the number of replacements that were made")
                var kept = made[0]
                kept.lastUsedAt = 50 // a touch that came before is not undone
                try expect.same(try await store.load("one"), kept, "the record")
            }
            try await store.remove("one")
            try expect.same(try await store.replace(.bare("one"), expecting: 3), false, "whether a removed record was replaced")
            try expect.same(try await store.count(), 0, "the count")
        },
        Check(
            "sessions survive a restart, with what was touched, replaced and removed",
            rule: "SessionStore remembers sessions beyond the process that serves them."
        ) { subject, expect in
            guard let reopen = subject.reopen else { throw SkippedCheck(reason: "\(subject) keeps nothing beyond its process") }
            let first = try await subject.makeRoomy()
            var replaced = SessionRecord.bare("replaced", principal: "alice")
            try await first.save(replaced)
            replaced.subscriptions = ["docs:///x"]
            try await first.save(replaced)
            try await first.save(.bare("touched", lastUsedAt: 5))
            try await first.touch("touched", at: 7)
            try await first.save(.bare("removed"))
            try await first.remove("removed")
            let second = try await reopen(first)
            try expect.same(try await second.load("replaced"), replaced, "the replaced record after a restart")
            try expect.same(try await second.load("touched"), .bare("touched", lastUsedAt: 7), "the touched record after a restart")
            try expect.same(try await second.load("removed"), nil, "the removed record after a restart")
            try expect.same(try await second.count(), 2, "the count after a restart")
        },
    ]
}
