import InterlockStorage

extension EventStoreConformance {
    static let separation: [Check] = [
        Check(
            "sessions and streams never see each other's events",
            rule: "Event ids are unique in a session only; those of another session or stream never resolve (spec, Transports › Resumability)."
        ) { subject, expect in
            let store = try await subject.makeRoomy()
            for sequence in 1...20 as ClosedRange<UInt32> {
                for session in ["Alice;K", "bob"] { for stream in [1, 2, 11] as [UInt32] { store.append(.sample(session, stream, sequence)) } }
            }
            for session in ["Alice;K", "bob"] {
                for stream in [1, 2, 11] as [UInt32] {
                    let found = store.events(session: session, stream: stream, after: 5)
                    try expect.same(found, (6...20).map { .sample(session, stream, $0) }, "the events of \(session), stream \(stream)")
                }
            }
            for foreign in ["carol", "", "alice;k", "Alice;", "Alice;K ", "Alice;K\0", "Alice;\u{212A}", "Alice\u{37E}K"] {
                try expect.same(store.events(session: foreign, stream: 1, after: 0), nil, "the events of session \(foreign.debugDescription)")
                store.remove(session: foreign)
            }
            try expect.same(store.events(session: "bob", stream: 3, after: 0), nil, "the events of a stream nobody has")
            try expect.same(store.events(session: "Alice;K", stream: 1, after: 0)?.count, 20, "the number of events after others were removed")
        },
        Check("a removed session leaves nothing, and takes nothing else along", rule: "EventStore.remove: forgets everything of a session.") { subject, expect in
            let store = try await subject.makeRoomy()
            for sequence in 1...10 as ClosedRange<UInt32> { store.append(.sample("kept", 1, sequence)) }
            let kept = store.storedBytes
            for stream in 1...5 as ClosedRange<UInt32> { store.append(.sample("gone", stream, 1, bytes: 1_000)) }
            store.remove(session: "gone")
            store.remove(session: "gone")
            store.remove(session: "unknown")
            for stream in 1...5 as ClosedRange<UInt32> {
                try expect.same(store.events(session: "gone", stream: stream, after: 0), nil, "the events of the removed session")
            }
            try expect.same(store.storedBytes, kept, "the bytes that are kept")
            try expect.same(store.events(session: "kept", stream: 1, after: 0)?.count, 10, "the number of events of the other session")
        },
    ]
}
