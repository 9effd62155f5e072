internal import InterlockConcurrency
internal import InterlockJSON
internal import InterlockTransport
internal import NIOHTTP1
import Synchronization

/// The stream for messages that belong to no request (legacy Streamable HTTP), opened again whenever it ends.
final class ServerStream: Sendable {
    private struct State {
        var exchange: HTTPExchange?
        var timer: ScheduledAction?
        var lastEventID: String?
        var failures = 0
        var isClosed = false
    }

    /// What the delay that a server asks for is at least: one that asks for none and ends each stream at once would be asked without a pause.
    private static let leastDelay = Duration.milliseconds(100)

    private let configuration: HTTPClientConfiguration
    private let clock: any SchedulingClock
    private let open: @Sendable (_ lastEventID: String?, HTTPExchange.Callbacks) -> HTTPExchange
    private let message: @Sendable ([UInt8]) -> Void
    private let isOver: @Sendable (ServerStream) -> Void
    private let state = Mutex(State())
    private let opened = OneShot<TransportError?>()

    /// - Parameters:
    ///   - open: makes the GET.
    ///   - message: takes each message.
    ///   - isOver: called when the server has no such stream, or has none any more.
    init(
        configuration: HTTPClientConfiguration, clock: any SchedulingClock,
        open: @escaping @Sendable (_ lastEventID: String?, HTTPExchange.Callbacks) -> HTTPExchange,
        message: @escaping @Sendable ([UInt8]) -> Void, isOver: @escaping @Sendable (ServerStream) -> Void
    ) {
        self.configuration = configuration
        self.clock = clock
        self.open = open
        self.message = message
        self.isOver = isOver
    }

    /// Opens the stream; returns when its head has come. Throws when the server has no such stream. Call once.
    func run() async throws {
        connect()
        let error = await opened.wait { [self] in
            close()
            return TransportError(.closed, "opening the server's stream was cancelled")
        }
        if let error { throw error }
    }

    func close(_ error: TransportError = TransportError(.closed, "the client was closed")) {
        let (exchange, timer) = state.withLock { state -> (HTTPExchange?, ScheduledAction?) in
            state.isClosed = true
            defer { state.exchange = nil }
            return (state.exchange, state.timer)
        }
        timer?.cancel()
        exchange?.abandon(error)
        opened.resolve(error)
    }

    private func connect() {
        let exchange = open(state.withLock { $0.lastEventID }, HTTPExchange.Callbacks(
            head: { [self] head in
                guard head.status.code == 200 else { return }
                state.withLock { $0.failures = 0 }
                opened.resolve(nil)
            },
            event: { [self] event in if !event.data.isEmpty { message(event.data) } },
            end: { [self] in ended($0) }
        ))
        let isClosed = state.withLock { state in
            if !state.isClosed { state.exchange = exchange }
            return state.isClosed
        }
        if !isClosed { exchange.start() }
    }

    private func ended(_ end: HTTPExchange.End) {
        let status = end.reader.status
        // The exchange holds this through what it tells of: until it has ended.
        state.withLock { $0.exchange = nil }
        if (300..<500).contains(status) && ![408, 425, 429].contains(status) || (status == 200 && end.reader.content != .events) {
            // The server has no such stream, or not for us, or not any more: a lost session shows at the next request, and its successor opens one anew.
            // But an event that it keeps no longer is no reason to hear nothing more.
            let asksAnew = [400, 404].contains(status) && state.withLock { state in
                defer { state.lastEventID = nil }
                return state.lastEventID != nil && !state.isClosed
            }
            if asksAnew { return connect() }
            isOver(self)
            opened.resolve(TransportError(.badResponse, "the server has no stream of its own (HTTP \(status))"))
            return
        }
        state.withLock { state in
            guard !state.isClosed else { return }
            state.lastEventID = end.reader.lastEventID ?? state.lastEventID
            state.failures += 1
            // The server's delay, doubled with every failure in a row.
            let asked = end.reader.retryMilliseconds.map { max(Duration.milliseconds($0), Self.leastDelay) } ?? configuration.resumptionDelay
            let delay = min(asked * (1 << min(state.failures - 1, 6)), configuration.maximumResumptionDelay)
            state.timer = clock.schedule(after: delay) { [weak self] in self?.connect() }
        }
    }
}
