import InterlockStorage

extension SharedEventStoreConformance {
    static let fetching: [Check] = [
        Check("what one instance keeps the other fetches", rule: "SharedEventStore.fetch: the events of one stream after `sequence`, in order, whoever wrote them.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let second = try await instances.secondInstance()
            for sequence in 1...20 as ClosedRange<UInt32> { instances.store.append(.sample("s", 1, sequence)) }
            try await second.awaitEvent(20, of: "s", 1, expect)
            for after in [0, 7, 19, 20] as [UInt32] {
                let found = try await second.fetch(session: "s", stream: 1, after: after)
                try expect.same(found, after == 20 ? [] : (after + 1...20).map { .sample("s", 1, $0) }, "the events after \(after)")
            }
        },
        Check("every byte of an event is fetched, also none", rule: "StoredEvent: the message, empty for a priming event, and whether it ends its stream.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let second = try await instances.secondInstance()
            let events = [
                StoredEvent(session: "s", stream: 7, sequence: 1, data: []), StoredEvent(session: "s", stream: 7, sequence: 2, data: Array(0...255)),
                StoredEvent(session: "s", stream: 7, sequence: 3, data: [UInt8](repeating: 0x78, count: 256 << 10)),
                StoredEvent(session: "s", stream: 7, sequence: 4, data: [1], isLast: true),
            ]
            for event in events { instances.store.append(event) }
            try await second.awaitEvent(4, of: "s", 7, expect)
            try expect.same(try await second.fetch(session: "s", stream: 7, after: 0), events, "the events")
        },
        Check("sessions and streams never see each other's events", rule: "Event ids are unique in a session only; those of another session or stream never resolve (spec, Transports › Resumability).") { subject, expect in
            let instances = try await subject.makeRoomy()
            let second = try await instances.secondInstance()
            for stream in [1, 11] as [UInt32] { instances.store.append(.sample("Key-1;K`", stream, 1)) }
            for stream in [1, 11] as [UInt32] {
                try await second.awaitEvent(1, of: "Key-1;K`", stream, expect)
                try expect.same(try await second.fetch(session: "Key-1;K`", stream: stream, after: 0), [.sample("Key-1;K`", stream, 1)], "the events of stream \(stream)")
            }
            for other in "Key-1;K`".lookalikes { try expect.same(try await second.fetch(session: other, stream: 1, after: 0), nil, "the events of session \(other.debugDescription)") }
            try expect.same(try await second.fetch(session: "Key-1;K`", stream: 2, after: 0), nil, "the events of a stream nobody has")
        },
        Check("what one instance releases the others still fetch", rule: "SharedEventStore.release: what this process keeps for itself; what others can read stays.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let second = try await instances.secondInstance()
            for sequence in 1...3 as ClosedRange<UInt32> { instances.store.append(.sample("s", 1, sequence)) }
            try await second.awaitEvent(3, of: "s", 1, expect)
            instances.store.release(session: "s")
            for (store, who) in [(second, "the other instance"), (instances.store, "the one that released them")] {
                try expect.same(try await store.fetch(session: "s", stream: 1, after: 1), [2, 3].map { .sample("s", 1, $0) }, "the events that \(who) fetches")
            }
        },
        Check("events that are gone are never passed over in silence", rule: "SharedEventStore.fetch: `nil` if some of the events are gone.") { subject, expect in
            try expect.needBound(subject)
            let instances = try await subject.make(64 << 10)
            let second = try await instances.secondInstance()
            for sequence in 1...100 as ClosedRange<UInt32> { instances.store.append(.sample("s", 1, sequence, bytes: 4_096)) }
            try await second.awaitEvent(100, of: "s", 1, expect)
            try expect.same(try await second.fetch(session: "s", stream: 1, after: 0), nil, "the events after 0, of which the first are gone")
            try expect.same(try await second.fetch(session: "s", stream: 1, after: 99), [.sample("s", 1, 100, bytes: 4_096)], "the newest event")
        },
    ]
}

extension SharedEventStore {
    /// Waits until this instance has seen an event: `append` elsewhere returns before the event is everywhere.
    func awaitEvent(_ sequence: UInt32, of session: String, _ stream: UInt32, _ expect: Expectation) async throws {
        try await expect.awaiting("event \(sequence) to be at the other instance") {
            while true {
                let heard = ConformanceLog<StoredEvent?>()
                let subscription = try await follow(session: session, stream: stream, after: sequence - 1) { heard.append($0) }
                try await heard.wait { !$0.isEmpty }
                subscription.cancel()
                // A stream of which nothing is written yet is none, and is asked for again.
                if heard.entries[0] != nil { return }
                try Task.checkCancellation()
                await Task.yield()
            }
        }
    }
}
