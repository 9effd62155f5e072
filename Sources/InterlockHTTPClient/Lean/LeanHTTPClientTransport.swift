internal import InterlockConcurrency
package import InterlockJSON
internal import InterlockProtocol
package import InterlockTransport
internal import NIOCore
import Synchronization

/// An ``HTTPClientTransport`` whose tool calls take the shortest way there is: for load generators, which must cost less than what they measure.
///
/// Over HTTP/1.1, a `tools/call` is written in one piece to a kept connection on the executor's own thread, and its answer is taken apart there without
/// an HTTP library between, whether it is JSON or a stream. The bytes of the request, the meaning of every answer, sessions, time limits and
/// cancellation are those of the transport inside. That transport carries everything else itself: the handshake, other methods, answers to the server, streams
/// that are resumed, HTTP/2, and HTTP+SSE. Use it from tasks that run on the executor: from elsewhere it works, but wakes a thread for each call.
package final class LeanHTTPClientTransport: ClientTransport {
    private struct State {
        var connections: NIOLoopBound<LeanConnections>?
        var request: LeanRequest?
    }

    private let inner: HTTPClientTransport
    private let executor: LoopExecutor
    private let state = Mutex(State())

    /// Makes a transport of one that was not started, which belongs to it from now on.
    package init(_ inner: HTTPClientTransport, on executor: LoopExecutor) {
        self.inner = inner
        self.executor = executor
    }

    package var carriesHeaders: Bool { inner.carriesHeaders }

    package func start(_ receiver: any ClientReceiver) async throws {
        try await inner.start(receiver)
        let (inner, executor) = (inner, executor)
        let connections = try await executor.loop.submit {
            NIOLoopBound(try LeanConnections(inner, receiver: receiver, executor: executor), eventLoop: executor.loop)
        }.get()
        state.withLock { $0.connections = connections }
    }

    package func send(_ message: ClientMessage) async throws {
        let (connections, request) = state.withLock { ($0.connections, $0.request) }
        guard message.method == Method.toolsCall, let id = message.id, let connections, let request else { return try await inner.send(message) }
        let call = LeanCall(id: id, message: message, request: request)
        if executor.loop.inEventLoop { connections.value.start(call) } else { executor.loop.execute { connections.value.start(call) } }
    }

    package func abandon(_ id: RequestID) {
        // It is with one of the two, and the other does not know it.
        inner.abandon(id)
        guard let connections = state.withLock({ $0.connections }) else { return }
        executor.loop.execute { connections.value.abandon(id) }
    }

    package func negotiated(_ negotiation: ClientNegotiation) {
        inner.negotiated(negotiation)
        let request = inner.leanRequest()
        state.withLock { $0.request = request }
    }

    package func openServerStream() async throws {
        try await inner.openServerStream()
    }

    package func close() async {
        let connections = state.withLock { state in
            state.request = nil
            return state.connections
        }
        if let connections {
            do {
                try await executor.loop.flatSubmit { connections.value.close() }.get()
            } catch {
                preconditionFailure("a promise that is only ever kept was broken: \(error)")
            }
        }
        await inner.close()
    }
}
