import InterlockStorage

extension EventStoreConformance {
    static let replay: [Check] = [
        Check("the events after a number come back in order, and only those", rule: "EventStore.events: the events of one stream after `sequence`, in order.") { subject, expect in
            let store = try await subject.makeRoomy()
            for sequence in 1...100 { store.append(.sample("s", 1, UInt32(sequence))) }
            for after in [0, 1, 50, 99, 100] as [UInt32] {
                let found = store.events(session: "s", stream: 1, after: after)
                try expect.same(found?.map(\.sequence), after == 100 ? [] : Array(after + 1...100), "the events after \(after)")
            }
        },
        Check("every byte of an event comes back, also none", rule: "StoredEvent: the message, empty for a priming event, and whether it ends its stream.") { subject, expect in
            let store = try await subject.makeRoomy()
            let events = [
                StoredEvent(session: "s", stream: 7, sequence: 1, data: []),
                StoredEvent(session: "s", stream: 7, sequence: 2, data: Array(0...255)),
                StoredEvent(session: "s", stream: 7, sequence: 3, data: [UInt8](repeating: 0x78, count: 1 << 20)),
                StoredEvent(session: "s", stream: 7, sequence: 4, data: Array(#"{"jsonrpc":"2.0","id":1,"result":{}}"#.utf8), isLast: true),
                StoredEvent(session: "s", stream: .max, sequence: .max, data: [0]),
            ]
            for event in events { store.append(event) }
            try expect.same(store.events(session: "s", stream: 7, after: 0), Array(events[..<4]), "the events of the stream")
        },
        Check(
            "events that are gone are never passed over in silence",
            rule: "EventStore.events: `nil` if some of the events after `sequence` are gone, and for a stream the store does not know."
        ) { subject, expect in
            let budget = 64 << 10
            let store = try await subject.make(budget)
            try expect.same(store.events(session: "s", stream: 1, after: 3), nil, "the events of an unknown stream")
            for sequence in 1...100 { store.append(.sample("s", 1, UInt32(sequence), bytes: 4_096)) }
            try expect.same(store.events(session: "s", stream: 1, after: 0), nil, "the events after 0, of which the first are gone")
            let oldest = try expect.some((0..<100).first { store.events(session: "s", stream: 1, after: UInt32($0)) != nil }, "the newest events to be there")
            try expect.require(oldest > 80, "most of the 100 events to be gone from a budget for at most 16", found: "all after \(oldest)")
            for after in oldest...100 {
                let found = store.events(session: "s", stream: 1, after: UInt32(after))
                try expect.same(found?.map(\.sequence), after == 100 ? [] : Array(UInt32(after + 1)...100), "the events after \(after)")
            }
        },
    ]
}

extension StoredEvent {
    /// An event whose data tells where it belongs.
    static func sample(_ session: String, _ stream: UInt32, _ sequence: UInt32, bytes: Int = 0) -> StoredEvent {
        var data = Array("\(session)/\(stream)/\(sequence) ".utf8)
        data += [UInt8](repeating: 0x2E, count: max(0, bytes - data.count))
        return StoredEvent(session: session, stream: stream, sequence: sequence, data: data)
    }
}
