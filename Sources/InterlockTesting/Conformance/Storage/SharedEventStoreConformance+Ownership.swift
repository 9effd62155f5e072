import InterlockStorage

extension SharedEventStoreConformance {
    static let ownership: [Check] = [
        Check("a stream says whose it is and how far it has come", rule: "SharedEventStore.standing: how far a stream has come, and whose it is; nil if it is not known.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let second = try await instances.secondInstance()
            let owner = StreamOwner(instance: "first one", fence: 1 << 40, note: Array(0...255))
            for sequence in 1...3 as ClosedRange<UInt32> { instances.store.append(.sample("s", 1, sequence), by: owner) {} }
            instances.store.append(.sample("s", 2, 1))
            try await second.awaitEvent(3, of: "s", 1, expect)
            try await second.awaitEvent(1, of: "s", 2, expect)
            try expect.same(try await second.standing(session: "s", stream: 1), StreamStanding(owner: owner, lastSequence: 3, hasEnded: false), "stream 1")
            try expect.same(try await second.standing(session: "s", stream: 2), StreamStanding(owner: nil, lastSequence: 1, hasEnded: false), "stream 2, which has no owner")
            try expect.same(try await second.standing(session: "s", stream: 3), nil, "a stream nobody has")
            instances.store.append(StoredEvent(session: "s", stream: 1, sequence: 4, data: [1], isLast: true), by: owner) {}
            try await second.awaitEvent(4, of: "s", 1, expect)
            try expect.same(try await second.standing(session: "s", stream: 1)?.hasEnded, true, "whether a stream has ended after its last event")
        },
        Check("a stream that was taken over is closed to its old owner", rule: "SharedEventStore.append(by:): refused if the stream has meanwhile got an owner with a higher fence.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let second = try await instances.secondInstance()
            let (old, new) = (StreamOwner(instance: "old", fence: 7), StreamOwner(instance: "new", fence: 10))
            let refusals = ConformanceLog<Int>()
            instances.store.append(.sample("s", 1, 1), by: old) { refusals.append(1) }
            try await second.awaitEvent(1, of: "s", 1, expect)
            try expect.same(try await second.takeOver(session: "s", stream: 1, from: old, by: new, after: 4, ending: [9, 9]), true, "a take-over")
            instances.store.append(StoredEvent(session: "s", stream: 1, sequence: 2, data: [2], isLast: true), by: old) { refusals.append(2) }
            instances.store.append(StoredEvent(session: "s", stream: 1, sequence: 6, data: [6], isLast: true), by: old) { refusals.append(6) }
            try await expect.awaiting("the old owner to be refused, twice") { try await refusals.wait { $0.count >= 2 } }
            try expect.same(refusals.entries, [2, 6], "the events that were refused")
            let end = StoredEvent(session: "s", stream: 1, sequence: 5, data: [9, 9], isLast: true)
            try expect.same(try await second.fetch(session: "s", stream: 1, after: 4), [end], "the stream's end")
            try expect.same(try await second.standing(session: "s", stream: 1), StreamStanding(owner: new, lastSequence: 5, hasEnded: true), "the stream")
        },
        Check("only the owner that was seen is succeeded, once, and under a higher fence", rule: "SharedEventStore.takeOver: if its fence is still `owner`'s, that of `successor` is higher, and it has not ended.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let store = instances.store
            let owner = StreamOwner(instance: "old", fence: 10)
            store.append(.sample("s", 1, 1), by: owner) {}
            try await store.awaitEvent(1, of: "s", 1, expect)
            func takesOver(_ from: UInt64, _ by: UInt64, _ stream: UInt32 = 1) async throws -> Bool {
                try await store.takeOver(
                    session: "s", stream: stream, from: StreamOwner(instance: "old", fence: from), by: StreamOwner(instance: "new", fence: by), after: 0, ending: [])
            }
            try expect.same(try await takesOver(9, 11), false, "a take-over from an owner that it is not")
            try expect.same(try await takesOver(10, 10), false, "a take-over under the same fence")
            try expect.same(try await takesOver(10, 9), false, "a take-over under a lower fence")
            try expect.same(try await takesOver(10, 11, 2), false, "a take-over of a stream nobody has")
            try expect.same(try await store.standing(session: "s", stream: 1), StreamStanding(owner: owner, lastSequence: 1, hasEnded: false), "the stream")
            try expect.same(try await takesOver(10, 100), true, "a take-over")
            try expect.same(try await takesOver(10, 101), false, "a second take-over from the same owner")
            try expect.same(try await takesOver(100, 101), false, "a take-over of a stream that has ended")
        },
        Check("who follows a stream sees its end when it is taken over", rule: "SharedEventStore.takeOver: its last event is `data`; follow: until its last event.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let second = try await instances.secondInstance()
            let owner = StreamOwner(instance: "old", fence: 1)
            instances.store.append(.sample("s", 1, 1), by: owner) {}
            let heard = ConformanceLog<StoredEvent?>()
            let subscription = try await instances.store.follow(session: "s", stream: 1, after: 0) { heard.append($0) }
            try await second.awaitEvent(1, of: "s", 1, expect)
            _ = try await second.takeOver(session: "s", stream: 1, from: owner, by: StreamOwner(instance: "new", fence: 2), after: 0, ending: [3])
            try await expect.awaiting("the end to arrive") { try await heard.wait { $0.count >= 2 } }
            try expect.same(heard.entries, [.sample("s", 1, 1), StoredEvent(session: "s", stream: 1, sequence: 2, data: [3], isLast: true)], "the events")
            subscription.cancel()
        },
        Check("the leases of instances are the same for all", rule: "SharedEventStore.instances: the leases by which the instances show that they live.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let second = try await instances.secondInstance()
            let key = StreamOwner.leaseKey(of: "first")
            let lease = try await instances.store.instances.acquire(key, limit: 1, duration: .long)
            try expect.require(lease != nil, "the lease of an instance that nobody else has", found: "none")
            try expect.same(try await second.instances.acquire(key, limit: 1, duration: .long), nil, "the lease of an instance that lives, for another")
        },
    ]
}
