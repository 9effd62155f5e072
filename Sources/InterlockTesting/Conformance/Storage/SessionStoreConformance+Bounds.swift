import InterlockStorage

extension SessionStoreConformance {
    static let bounds: [Check] = [
        Check(
            "the longest unused makes room above the capacity, never the one just saved",
            rule: "Every store of sessions has a bound, and a session that was just made is not the one it costs."
        ) { subject, expect in
            try bounded(subject)
            let store = try await subject.make(3)
            try await store.save(.bare("a", lastUsedAt: 10))
            try await store.save(.bare("b", lastUsedAt: 20))
            try await store.save(.bare("c", lastUsedAt: 30))
            try await store.touch("a", at: 40)
            try await store.save(.bare("new", lastUsedAt: 1))
            try expect.same(try await store.count(), 3, "the count")
            try expect.same(try await store.load("b"), nil, "the longest unused record")
            for id in ["a", "c", "new"] { _ = try expect.some(try await store.load(id), "the record \(id) to be kept") }
        },
        Check("replacing a record needs no room", rule: "SessionStore.save: replacing makes no new record, so nobody has to go.") { subject, expect in
            try bounded(subject)
            let store = try await subject.make(2)
            try await store.save(.bare("a", lastUsedAt: 1))
            try await store.save(.bare("b", lastUsedAt: 2))
            for time in 3..<20 { try await store.save(.bare("b", lastUsedAt: Int64(time))) }
            try expect.same(try await store.load("a"), .bare("a", lastUsedAt: 1), "the other record")
            try expect.same(try await store.count(), 2, "the count")
        },
        Check("the bound holds at every moment of a long run", rule: "Every store of sessions has a bound.") { subject, expect in
            try bounded(subject)
            let store = try await subject.make(10)
            for number in 1...200 {
                try await store.save(.bare("s\(number)", lastUsedAt: Int64(number)))
                try expect.same(try await store.count(), min(number, 10), "the count after \(number) sessions")
            }
            for number in 191...200 { _ = try expect.some(try await store.load("s\(number)"), "the newest records to be kept, s\(number) among them") }
        },
    ]

    private static func bounded(_ subject: SessionStoreUnderTest) throws {
        if !subject.isBounded { throw SkippedCheck(reason: "\(subject) has no bound of its own") }
    }
}
