import InterlockConcurrency
import InterlockSimulation
@testable import InterlockStorage
import Synchronization
import Testing

@Suite("What an event store keeps here and writes elsewhere", .timeLimit(.minutes(5)))
struct WriteBehindEventsTests {
    /// A backend that answers each batch as the test says, and then writes everything.
    private final class Backend: EventBackend {
        struct Script: Sendable {
            var answers: [EventBatchOutcome] = []
            var batches: [[UInt32]] = []
            var failedBefore: [Int] = []
            var pauses: [Int] = []
            var notices: [EventNotice] = []
        }

        let script: Mutex<Script>
        private let clock: (any SchedulingClock)?
        private let begin: Gate?

        /// - Parameters:
        ///   - clock: what it sleeps a second on when it pauses; `nil` pauses for no time.
        ///   - begin: opened before the first batch is written.
        init(_ answers: [EventBatchOutcome] = [], clock: (any SchedulingClock)? = nil, begin: Gate? = nil) {
            script = Mutex(Script(answers: answers))
            self.clock = clock
            self.begin = begin
        }

        func write(_ batch: [EventQueue.Change], failedBefore failures: Int) async -> EventBatchOutcome {
            if let begin { do { try await begin.wait() } catch {} } // cancelled by `close()`
            return script.withLock { script in
                script.batches.append(batch.map { if case .append(let event, _) = $0 { event.sequence } else { 0 } })
                script.failedBefore.append(failures)
                guard script.answers.isEmpty else { return script.answers.removeFirst() }
                var outcome = EventBatchOutcome()
                outcome.written = batch.count
                return outcome
            }
        }

        func pause(afterFailures failures: Int, of failure: StoreError) async throws {
            script.withLock { $0.pauses.append(failures) }
            if let clock { try await clock.sleep(for: .seconds(1)) }
        }

        func notice(_ notice: EventNotice) { script.withLock { $0.notices.append(notice) } }
    }

    private static func event(_ sequence: UInt32, bytes: Int = 1) -> StoredEvent {
        StoredEvent(session: "s", stream: 1, sequence: sequence, data: [UInt8](repeating: 0, count: bytes))
    }

    private static func outcome(written: Int = 0, lost: Int = 0, fenced: [StreamWriter?] = [], failure: StoreError? = nil) -> EventBatchOutcome {
        var outcome = EventBatchOutcome()
        outcome.written = written
        outcome.lost = lost
        outcome.fenced = fenced
        outcome.failure = failure
        return outcome
    }

    private static let away = StoreError(.unavailable, "away")

    private func front(_ backend: Backend, queuedBytes: Int = 1 << 20) -> WriteBehindEvents {
        WriteBehindEvents(backend, batch: 4, maximumLocalBytes: 1 << 20, maximumQueuedBytes: queuedBytes)
    }

    /// Appends the first event alone and the others when it is being written, so that batches are the same in every run.
    private func append(_ range: ClosedRange<UInt32>, to events: WriteBehindEvents, by writer: StreamWriter? = nil, _ begin: Gate) async throws {
        for sequence in range {
            events.append(Self.event(sequence), by: writer)
            if sequence == range.lowerBound { try await begin.waitForWaiters(1) }
        }
    }

    @Test("what is released is forgotten here and still written")
    func released() async throws {
        let begin = Gate()
        let backend = Backend(begin: begin)
        let events = WriteBehindEvents(backend, batch: 10, maximumLocalBytes: 10_000, maximumQueuedBytes: 10_000)
        try await append(1...3, to: events, begin)
        events.release(session: "s")
        #expect(events.storedBytes == 0 && events.events(session: "s", stream: 1, after: 0) == nil)
        begin.open()
        await events.flush()
        #expect(backend.script.withLock { $0.batches } == [[1], [2, 3]])
    }

    @Test("what got no answer is written again from there, and is read here all the time")
    func again() async throws {
        let begin = Gate()
        let backend = Backend([Self.outcome(written: 1), Self.outcome(written: 1, failure: Self.away), Self.outcome(failure: Self.away)], begin: begin)
        let events = front(backend)
        try await append(1...7, to: events, begin)
        #expect(events.events(session: "s", stream: 1, after: 3)?.map(\.sequence) == [4, 5, 6, 7])
        begin.open()
        await events.flush()
        let script = backend.script.withLock { $0 }
        #expect(script.batches == [[1], [2, 3, 4, 5], [3, 4, 5, 6], [3, 4, 5, 6], [7]])
        #expect(script.failedBefore == [0, 0, 1, 2, 0] && script.pauses == [1, 2] && script.notices.isEmpty)
        #expect(events.counts.written == 7 && events.counts.lost == 0 && events.counts.queuedBytes == 0)
    }

    @Test("a batch that was given up is lost, and the next one comes without a pause and knows of the failures before")
    func givenUp() async throws {
        let begin = Gate()
        let backend = Backend([Self.outcome(written: 1), Self.outcome(lost: 4, failure: Self.away)], begin: begin)
        let events = front(backend)
        try await append(1...6, to: events, begin)
        begin.open()
        await events.flush()
        let script = backend.script.withLock { $0 }
        #expect(script.batches == [[1], [2, 3, 4, 5], [6]] && script.failedBefore == [0, 0, 1] && script.pauses.isEmpty)
        #expect(events.counts.lost == 4 && events.counts.written == 2)
    }

    @Test("who has lost a stream is told of each event, and the operator once; what a full queue refuses is counted and told of once")
    func refused() async throws {
        let begin = Gate()
        let told = Mutex(0)
        let writer = StreamWriter(StreamOwner(instance: "a", fence: 1)) { told.withLock { $0 += 1 } }
        let backend = Backend([Self.outcome(fenced: [writer]), Self.outcome(written: 1, fenced: [writer, nil])], begin: begin)
        let events = front(backend, queuedBytes: 450)
        try await append(1...6, to: events, by: writer, begin) // four fit
        begin.open()
        await events.flush()
        let notices = backend.script.withLock { $0.notices.map { "\($0)" } }
        #expect(told.withLock { $0 } == 2 && notices == ["queueRefused", "fenced"])
        #expect(events.counts.lost == 2 && events.counts.fenced == 3 && events.counts.written == 1)
        #expect(events.events(session: "s", stream: 1, after: 0)?.count == 6)
    }

    @Test("a flush ends when its time is up, whether the backend gives no answer or fails again and again, and what is left is counted", arguments: [true, false])
    func bounded(isSilent: Bool) async throws {
        let (clock, begin) = (ManualClock(), Gate())
        let failures = (0..<100).map { _ in Self.outcome(failure: Self.away) }
        let backend = Backend(isSilent ? [] : failures, clock: clock, begin: isSilent ? begin : nil)
        let events = front(backend)
        for sequence in 1...3 as ClosedRange<UInt32> { events.append(Self.event(sequence)) }
        if isSilent { try await begin.waitForWaiters(1) } else { try await clock.waitForPending(1) }
        let isOver = Mutex(false)
        async let isWritten = {
            let isWritten = await events.flush(atMost: .seconds(3), clock: clock)
            isOver.withLock { $0 = true }
            return isWritten
        }()
        try await clock.waitForPending(isSilent ? 1 : 2)
        clock.advance(by: .milliseconds(2_999))
        for _ in 0..<1_000 { await Task.yield() }
        #expect(!isOver.withLock { $0 }, "its time is not up")
        clock.advance(by: .milliseconds(1))
        #expect(await !isWritten)
        #expect(events.close() == 3)
    }

    @Test("a flush of what the backend takes loses nothing and waits for no time to pass; one that is cancelled ends at once")
    func boundedAndTaken() async throws {
        let (clock, begin) = (ManualClock(), Gate())
        let events = front(Backend(begin: begin))
        for sequence in 1...3 as ClosedRange<UInt32> { events.append(Self.event(sequence)) }
        try await begin.waitForWaiters(1)
        let cancelled = Task { await events.flush(atMost: .seconds(3), clock: clock) }
        try await clock.waitForPending(1)
        cancelled.cancel()
        #expect(await !cancelled.value)
        async let isWritten = events.flush(atMost: .seconds(3), clock: clock)
        begin.open()
        #expect(await isWritten)
        #expect(clock.now == .zero && events.counts.written == 3 && events.close() == 0)
    }

    @Test("closing ends a writer that waits for its backend, and says what is lost by it")
    func closing() async throws {
        let clock = ManualClock()
        let backend = Backend([Self.outcome(failure: Self.away)], clock: clock)
        let events = front(backend)
        events.append(Self.event(1))
        try await clock.waitForPending(1)
        #expect(events.close() == 1)
        await events.flush()
        events.append(Self.event(2))
        #expect(events.counts.lost == 1 && events.counts.written == 0)
        #expect(backend.script.withLock { $0.batches.count } == 1)
    }
}
