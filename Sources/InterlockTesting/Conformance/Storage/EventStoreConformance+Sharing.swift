import InterlockStorage

extension EventStoreConformance {
    static let sharing: [Check] = [
        Check("many tasks at once lose nothing, and every stream keeps its order", rule: "EventStore: calls are short and may come from any thread.") { subject, expect in
            let store = try await subject.makeRoomy()
            try await withThrowingTaskGroup { group in
                for number in 0..<40 {
                    group.addTask {
                        let (session, stream) = ("s\(number % 5)", UInt32(number))
                        for sequence in 1...100 as ClosedRange<UInt32> {
                            store.append(.sample(session, stream, sequence))
                            let found = store.events(session: session, stream: stream, after: sequence - 1)
                            try expect.same(found, [.sample(session, stream, sequence)], "the event just kept")
                        }
                    }
                }
                try await group.waitForAll()
            }
            for number in 0..<40 {
                let found = store.events(session: "s\(number % 5)", stream: UInt32(number), after: 0)
                try expect.same(found?.map(\.sequence), Array(1...100), "the events of stream \(number)")
            }
        },
        Check("events survive a restart", rule: "A store that is kept outside the process gives the events back after it.") { subject, expect in
            guard let reopen = subject.reopen else { throw SkippedCheck(reason: "\(subject) keeps nothing beyond its process") }
            let first = try await subject.makeRoomy()
            for sequence in 1...10 as ClosedRange<UInt32> { first.append(.sample("s", 1, sequence)) }
            first.append(.sample("gone", 1, 1))
            first.remove(session: "gone")
            let bytes = first.storedBytes
            let second = try await reopen(first)
            try expect.same(second.events(session: "s", stream: 1, after: 4), (5...10).map { .sample("s", 1, $0) }, "the events after 4")
            try expect.same(second.events(session: "gone", stream: 1, after: 0), nil, "the events of the removed session")
            try expect.same(second.storedBytes, bytes, "the bytes that are kept")
        },
    ]
}
