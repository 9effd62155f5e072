import InterlockJSON
import InterlockProtocol
import InterlockTransport
import Synchronization

/// Sends a `server/discover` through the whole core, as a client would.
enum ReadinessProbe {
    private static let request: [UInt8] = JSONRPC.request(
        id: .string("ready"), method: Method.discover, params: RequestParams(meta: RequestMeta().meta()), context: EncodingContext(revision: .latest))

    static func succeeds(on server: Server) async -> Bool {
        await withCheckedContinuation { continuation in
            let sink = ProbeSink(continuation)
            let peer = DuplexPeer(server: server, context: RequestContext(connection: Connection(kind: .inMemory)), outbound: sink)
            peer.receive(request)
            peer.disconnected(finishing: true)
            sink.giveUp()
        }
    }

    /// Takes one answer. Discovery is answered before `receive` returns, so no answer by then is a failure.
    private final class ProbeSink: EventSink {
        private let continuation: Mutex<CheckedContinuation<Bool, Never>?>

        init(_ continuation: CheckedContinuation<Bool, Never>) {
            self.continuation = Mutex(continuation)
        }

        func send(_ event: OutboundEvent) -> SendOutcome {
            let isResult = switch Result(catching: { () throws(JSONRPCScanError) in try ScannedMessage.scan(event.data) }) {
            case .success(let message): message.result != nil
            case .failure: false
            }
            take()?.resume(returning: isResult)
            return .sent
        }

        func giveUp() { take()?.resume(returning: false) }
        func writable() async throws {}
        func close() {}
        func onDisconnect(_ action: @escaping @Sendable () -> Void) {}

        private func take() -> CheckedContinuation<Bool, Never>? {
            continuation.withLock { continuation in
                defer { continuation = nil }
                return continuation
            }
        }
    }
}
