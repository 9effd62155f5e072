import InterlockJSON
import InterlockTransport

extension TransportConformance {
    static let backpressure: [Check] = [
        Check(
            "a client that does not read meets the byte budget, and loses nothing once it reads again",
            rule: "EventSink.send: `.full` means that the event was not queued because the unsent bytes are over the budget; writable returns when there is room."
        ) { subject, expect in
            let pauseReading = try pausing(subject)
            try await TransportSession.with(subject, expect) { session in
                let arrival = try await session.hold(1)
                let sink = arrival.wayBack.sink
                pauseReading(session.client, true)
                let sent = try fill(sink, expect)
                let writing = Task { try await sink.writable() }
                pauseReading(session.client, false)
                try await expect.awaiting("writable to return once the client reads") {
                    try await withTaskCancellationHandler { try await writing.value } onCancel: { writing.cancel() }
                }
                try await expect.awaiting("room for the event that was refused") { try await arrival.deliver(WireMessage.note(Block.params(sent))) }
                arrival.respond(.emptyObject)
                _ = try await session.response(to: 1)
                let numbers = session.receiver.notes.map { $0["n"]?.int ?? -1 }
                try expect.same(numbers, Array(0...sent), "every event that was taken, once and in order")
                try await session.echo(2)
            }
        },
        Check(
            "a sender that waits for room is let go when the client closes",
            rule: "EventSink.writable throws TransportError when the peer is gone: nobody is left waiting for a client that will not read."
        ) { subject, expect in
            let pauseReading = try pausing(subject)
            try await TransportSession.with(subject, expect) { session in
                let arrival = try await session.hold(1)
                let sink = arrival.wayBack.sink
                pauseReading(session.client, true)
                _ = try fill(sink, expect)
                let writing = Task { try await sink.writable() }
                await expect.awaiting("close of the client to return") { await session.client.close() }
                let result = await expect.awaiting("writable to end after the client has closed") {
                    await withTaskCancellationHandler { await writing.result } onCancel: { writing.cancel() }
                }
                if case .failure(let error) = result {
                    try expect.require(error is TransportError, "writable to end with a TransportError, if with any", found: "\(error)")
                }
            }
        },
    ]

    private static func pausing(_ subject: TransportUnderTest) throws -> @Sendable (any ClientTransport, Bool) -> Void {
        guard let pauseReading = subject.pauseReading else { throw SkippedCheck(reason: "the client of \(subject) cannot be made to stop reading") }
        return pauseReading
    }

    /// Sends until there is no room. Returns how many events were taken.
    private static func fill(_ sink: any EventSink, _ expect: Expectation) throws -> Int {
        for number in 0..<Block.most {
            switch sink.send(OutboundEvent(data: WireMessage.note(Block.params(number)))) {
            case .sent: continue
            case .full: return number
            case .closed: throw expect.failure("the stream to stay open", found: "that it was closed after \(number) events")
            }
        }
        throw expect.failure("`.full` within \(Block.most * Block.size >> 20) MiB that nobody reads", found: "that all of it was taken")
    }

    /// The events that fill a budget.
    private enum Block {
        static let size = 64 << 10
        static let most = 1_024

        static func params(_ number: Int) -> String {
            #"{"n":\#(number),"filler":"\#(String(repeating: "x", count: size))"}"#
        }
    }
}
