import InterlockHistory
import Synchronization
import Testing

@Suite("Recording calls while they happen")
struct HistoryRecorderTests {
    typealias Recorder = HistoryRecorder<CounterModel.Input, CounterModel.Output>

    private actor Counter {
        private var value = 0

        func increment() -> Int {
            value += 1
            return value
        }
    }

    @Test("what many tasks did to a correct counter is complete, ordered and linearizable", .timeLimit(.minutes(5)))
    func concurrent() async throws {
        let recorder = Recorder()
        let counter = Counter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<8 {
                group.addTask {
                    for _ in 0..<50 {
                        _ = try await recorder.record(client: "c\(client)", .init(.add(1))) { .value(await counter.increment()) }
                    }
                }
            }
            try await group.waitForAll()
        }
        let history = recorder.history()
        #expect(history.calls.count == 400)
        let instants = history.calls.flatMap { [$0.called] + ($0.returned.map { [$0] } ?? []) }
        #expect(Set(instants).count == 800)
        #expect(LinearizabilityChecker(CounterModel()).check(history).isLinearizable)
    }

    @Test("an update lost between a read and a write is in the record")
    func lostUpdate() throws {
        let recorder = Recorder()
        let value = Mutex(0)
        // Both clients read before either writes: the guard a counter needs, left out.
        let calls = try ["a", "b"].map { (try recorder.begin(client: $0, .init(.add(1))), value.withLock { $0 }) }
        for (call, seen) in calls {
            value.withLock { $0 = seen + 1 }
            recorder.end(call, .value(seen + 1))
        }
        let fault = try #require(LinearizabilityChecker(CounterModel()).check(recorder.history()).fault)
        #expect(fault.calls.count == 2)
    }

    @Test("a call on its way, and one that threw, have an unknown outcome; a discarded one is gone", .timeLimit(.minutes(5)))
    func outcomes() async throws {
        struct Lost: Error {}
        let recorder = Recorder()
        _ = try recorder.begin(client: "on its way", .init(.read))
        await #expect(throws: Lost.self) {
            try await recorder.record(client: "threw", .init(.add(1))) { throw Lost() }
        }
        recorder.discard(try recorder.begin(client: "refused", .init(.add(1))))
        let calls = recorder.history().calls
        #expect(calls.map(\.client) == ["on its way", "threw"])
        #expect(calls.allSatisfy { $0.outcome == .unknown })
    }

    @Test("a full recorder refuses the next call and keeps the ones it has")
    func full() throws {
        let recorder = Recorder(capacity: 2)
        for client in ["a", "b"] { recorder.end(try recorder.begin(client: client, .init(.read)), .value(0)) }
        #expect {
            try recorder.begin(client: "c", .init(.read))
        } throws: { error in
            (error as? HistoryError)?.code == .full
        }
        #expect(recorder.history().calls.map(\.client) == ["a", "b"])
    }

    @Test("instants come from the clock that was passed in")
    func clock() throws {
        let time = Mutex<Int64>(100)
        let recorder = Recorder(now: { time.withLock { $0 } })
        let call = try recorder.begin(client: "a", .init(.read))
        time.withLock { $0 = 250 }
        recorder.end(call, .value(0))
        #expect(recorder.history().calls.map { [$0.called, $0.returned] } == [[100, 250]])
    }
}
