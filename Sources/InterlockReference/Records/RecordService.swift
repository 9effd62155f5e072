import InterlockConcurrency
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A small HTTP API on a loopback port that stands for somebody else's: it has data, takes its time, and refuses who asks too often.
///
/// `GET /records/{id}` answers 200 with JSON, or 429 with `Retry-After` above the limits of ``RecordLimits``.
final class RecordService: Sendable {
    private let quota: Mutex<RecordQuota>
    private let latency: Duration
    private let clock: any SchedulingClock

    /// - Parameter latency: how long a record takes to find.
    init(limits: RecordLimits = RecordLimits(), latency: Duration = .milliseconds(20), clock: any SchedulingClock = SystemClock.shared) {
        self.quota = Mutex(RecordQuota(limits: limits))
        self.latency = latency
        self.clock = clock
    }

    /// What has been asked of the service so far.
    var snapshot: RecordQuota { quota.withLock { $0 } }

    /// Listens on a port of the system's choice until the task is cancelled; `listening` learns the port first.
    func run(listening: @Sendable (Int) -> Void) async throws {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 256)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                    try channel.pipeline.syncOperations.addHandler(RecordRequestHandler(service: self))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        guard let port = listener.localAddress?.port else { throw RecordError(message: "The record service has no port.") }
        listening(port)
        try await withTaskCancellationHandler {
            try await listener.closeFuture.get()
        } onCancel: {
            listener.close(promise: nil)
        }
    }

    /// Decides about one request, and answers at once or after the latency; `answer` may be called on any thread.
    func handle(_ head: HTTPRequestHead, answer: @escaping @Sendable (RecordResponse) -> Void) {
        guard head.method == .GET, let id = Self.recordID(in: head.uri) else { return answer(.notFound) }
        switch quota.withLock({ $0.arrive(now: clock.now) }) {
        case .refuse(let retryAfter):
            answer(.tooManyRequests(retryAfter))
        case .admit:
            clock.schedule(after: latency) { [self] in
                quota.withLock { $0.leave() }
                answer(.record(Record(id: id)))
            }
        }
    }

    private static func recordID(in uri: String) -> String? {
        let prefix = "/records/"
        guard uri.hasPrefix(prefix), uri.utf8.count > prefix.utf8.count else { return nil }
        return PercentEncoding.decode(uri.dropFirst(prefix.count))
    }
}
