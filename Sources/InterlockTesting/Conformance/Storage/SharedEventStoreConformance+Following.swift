import InterlockStorage

extension SharedEventStoreConformance {
    static let following: [Check] = [
        Check("who follows a stream gets what is there and what comes, in order and each once", rule: "SharedEventStore.follow: those that are there and those to come, in order and each once, until the last event.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let second = try await instances.secondInstance()
            for sequence in 1...10 as ClosedRange<UInt32> { instances.store.append(.sample("s", 1, sequence)) }
            // Whoever follows from within a stream that is not known hears that events are missing.
            try await second.awaitEvent(10, of: "s", 1, expect)
            let heard = ConformanceLog<StoredEvent?>()
            let subscription = try await second.follow(session: "s", stream: 1, after: 4) { heard.append($0) }
            for sequence in 11...20 as ClosedRange<UInt32> { instances.store.append(.sample("s", 1, sequence)) }
            let last = StoredEvent(session: "s", stream: 1, sequence: 21, data: [1], isLast: true)
            instances.store.append(last)
            try await expect.awaiting("the last event to arrive") { try await heard.wait { $0.contains(last) } }
            try expect.same(heard.entries, (5...20).map { .sample("s", 1, $0) } + [last], "the events")
            subscription.cancel()
        },
        Check("who has cancelled follows no more", rule: "SharedEventStore.follow: until its last event or the subscription's end.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let (left, stayed) = (ConformanceLog<StoredEvent?>(), ConformanceLog<StoredEvent?>())
            instances.store.append(.sample("s", 1, 1))
            let second = try await instances.secondInstance()
            let leaving = try await second.follow(session: "s", stream: 1, after: 0) { left.append($0) }
            let staying = try await second.follow(session: "s", stream: 1, after: 0) { stayed.append($0) }
            try await expect.awaiting("the first event to arrive") { try await left.wait { !$0.isEmpty } }
            leaving.cancel()
            instances.store.append(.sample("s", 1, 2))
            try await expect.awaiting("the second event to arrive at who stayed") { try await stayed.wait { $0.count >= 2 } }
            try expect.same(left.entries, [.sample("s", 1, 1)], "the events at who left")
            staying.cancel()
        },
        Check("who follows from before what is gone is told so", rule: "SharedEventStore.follow: a `nil` says that events are missing and ends it.") { subject, expect in
            try expect.needBound(subject)
            let instances = try await subject.make(64 << 10)
            for sequence in 1...100 as ClosedRange<UInt32> { instances.store.append(.sample("s", 1, sequence, bytes: 4_096)) }
            let second = try await instances.secondInstance()
            try await second.awaitEvent(100, of: "s", 1, expect)
            let heard = ConformanceLog<StoredEvent?>()
            let subscription = try await second.follow(session: "s", stream: 1, after: 3) { heard.append($0) }
            try await expect.awaiting("to be told that events are missing") { try await heard.wait { !$0.isEmpty } }
            try expect.same(heard.entries.first, .some(nil), "what comes first")
            subscription.cancel()
        },
        Check("a removed session leaves nothing for others to fetch", rule: "EventStore.remove: forgets everything of a session.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let second = try await instances.secondInstance()
            for session in ["gone", "kept"] { instances.store.append(.sample(session, 1, 1)) }
            for session in ["gone", "kept"] { try await second.awaitEvent(1, of: session, 1, expect) }
            instances.store.remove(session: "gone")
            // What is kept after the removal is written after it.
            instances.store.append(.sample("kept", 1, 2))
            try await second.awaitEvent(2, of: "kept", 1, expect)
            try expect.same(try await second.fetch(session: "gone", stream: 1, after: 0), nil, "the events of the removed session")
        },
    ]
}
