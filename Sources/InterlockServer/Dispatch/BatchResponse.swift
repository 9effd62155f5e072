import InterlockTransport
import Synchronization

/// Collects the answers of a batch and sends them as one array when the last is there.
final class BatchResponse: Sendable {
    private struct State {
        var outstanding = 0
        var bodies: [[UInt8]] = []
    }

    private let stream: any ResponseStream
    private let state = Mutex(State())

    init(_ stream: any ResponseStream) {
        self.stream = stream
    }

    /// The stream of one message of the batch. Take all before the first is finished.
    func member() -> any ResponseStream {
        state.withLock { $0.outstanding += 1 }
        return Member(batch: self)
    }

    private func finish(_ body: [UInt8]?) {
        let bodies: [[UInt8]]? = state.withLock { state in
            if let body { state.bodies.append(body) }
            state.outstanding -= 1
            return state.outstanding == 0 ? state.bodies : nil
        }
        guard let bodies else { return }
        guard !bodies.isEmpty else { return stream.finish(.accepted) }
        var array: [UInt8] = [UInt8(ascii: "[")]
        for (index, body) in bodies.enumerated() {
            if index > 0 { array.append(UInt8(ascii: ",")) }
            array += body
        }
        array.append(UInt8(ascii: "]"))
        stream.finish(OutboundResponse(body: array))
    }

    private final class Member: ResponseStream {
        private let batch: BatchResponse
        private let isFinished = Mutex(false)

        init(batch: BatchResponse) {
            self.batch = batch
        }

        func send(_ event: OutboundEvent) -> SendOutcome { batch.stream.send(event) }
        func writable() async throws { try await batch.stream.writable() }
        func onDisconnect(_ action: @escaping @Sendable () -> Void) {}

        func finish(_ response: OutboundResponse) {
            if end() { batch.finish(response.body) }
        }

        func close() {
            if end() { batch.finish(nil) }
        }

        private func end() -> Bool {
            isFinished.withLock { isFinished in
                defer { isFinished = true }
                return !isFinished
            }
        }
    }
}
