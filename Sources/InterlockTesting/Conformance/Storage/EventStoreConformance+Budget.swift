import InterlockStorage

extension EventStoreConformance {
    static let budget: [Check] = [
        Check("the bytes that are kept never exceed the budget", rule: "EventStore.append: keeps events under a budget; storedBytes counts against it.") { subject, expect in
            let budget = 100_000
            let store = try await subject.make(budget)
            try expect.same(store.storedBytes, 0, "the bytes of an empty store")
            for number in 0..<2_000 {
                store.append(.sample("s\(number % 7)", UInt32(number % 3), UInt32(number / 21 + 1), bytes: number % 50 == 0 ? 9_000 : number % 400))
                try expect.require(store.storedBytes <= budget, "at most \(budget) bytes after event \(number)", found: "\(store.storedBytes)")
                try expect.require(store.storedBytes > 0, "the newest event to be kept", found: "no bytes")
            }
        },
        Check("the oldest events go first, whatever session they belong to", rule: "EventStore.append: when the budget is used up the oldest events go first.") { subject, expect in
            let store = try await subject.make(100_000)
            store.append(.sample("early", 1, 1, bytes: 20_000))
            store.append(.sample("late", 1, 1, bytes: 20_000))
            for sequence in 1...3 as ClosedRange<UInt32> { store.append(.sample("busy", 1, sequence, bytes: 20_000)) }
            try expect.same(store.events(session: "early", stream: 1, after: 0), nil, "the oldest event of all")
            try expect.same(store.events(session: "late", stream: 1, after: 0)?.count, 1, "the number of events of the next oldest")
            try expect.same(store.events(session: "busy", stream: 1, after: 0)?.count, 3, "the number of the newest events")
        },
        Check(
            "a session that begins anew after its removal is as young as its events",
            rule: "EventStore.append: the oldest events go first; events that were removed no longer have an age."
        ) { subject, expect in
            let store = try await subject.make(100_000)
            for sequence in 1...3 as ClosedRange<UInt32> { store.append(.sample("again", 1, sequence, bytes: 100)) }
            store.remove(session: "again")
            store.append(.sample("older", 1, 1, bytes: 40_000))
            store.append(.sample("again", 1, 1, bytes: 40_000))
            store.append(.sample("newest", 1, 1, bytes: 40_000))
            try expect.same(store.events(session: "older", stream: 1, after: 0), nil, "the oldest event")
            try expect.same(store.events(session: "again", stream: 1, after: 0)?.count, 1, "the number of events of the session that began anew")
        },
        Check(
            "an event larger than the budget is gone at once, and seen to be gone",
            rule: "EventStore: the budget holds without exception, and a gap is never passed over in silence."
        ) { subject, expect in
            let store = try await subject.make(10_000)
            store.append(.sample("s", 1, 1, bytes: 20_000))
            try expect.require(store.storedBytes <= 10_000, "at most 10000 bytes", found: "\(store.storedBytes)")
            try expect.same(store.events(session: "s", stream: 1, after: 0), nil, "the events after 0")
            store.append(.sample("s", 1, 2, bytes: 100))
            try expect.same(store.events(session: "s", stream: 1, after: 1), [.sample("s", 1, 2, bytes: 100)], "the events after the one that is gone")
            try expect.same(store.events(session: "s", stream: 1, after: 0), nil, "the events after 0")
        },
    ]
}
