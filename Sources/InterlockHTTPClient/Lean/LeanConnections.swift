internal import InterlockConcurrency
internal import InterlockJSON
internal import InterlockTransport
internal import NIOCore
import Synchronization

/// The kept connections of one ``LeanHTTPClientTransport``, and the calls that wait for one. Lives on its event loop and nowhere else.
///
/// An idle connection is used again for as long as the configuration and the server keep it; the next call closes what is older. There are never more of
/// them than of connections.
final class LeanConnections {
    let receiver: any ClientReceiver
    private let inner: HTTPClientTransport
    private let executor: LoopExecutor
    private let server: ServerURL
    private let bootstrap: SocketBootstrap
    private var pool: PoolStateMachine<LeanConnection, LeanCall>
    private var open: [ObjectIdentifier: LeanConnection] = [:]
    private var connecting = 0
    /// Calls that have no connection yet; those that stand in the line with their places.
    private var unsent: [RequestID: UInt64?] = [:]
    private var closed: EventLoopPromise<Void>?

    init(_ inner: HTTPClientTransport, receiver: any ClientReceiver, executor: LoopExecutor) throws(TransportError) {
        self.inner = inner
        self.receiver = receiver
        self.executor = executor
        server = try inner.url.get()
        bootstrap = try inner.bootstrap(on: executor.loop)
        pool = PoolStateMachine(maximumConnections: inner.configuration.maximumConnections, maximumWaiting: inner.configuration.maximumQueuedRequests)
    }

    /// Sends a call now, or when there is a connection.
    func start(_ call: LeanCall) {
        let now = executor.now
        for old in pool.takeIdle(endedBy: now) { old.close() }
        switch pool.lease(.request, call, now: now) {
        case .use(let connection): use(connection, for: call)
        case .connect: connect(for: call)
        case .wait(let place): unsent[call.id] = place
        case .refused(let error): receiver.failed(call.id, error)
        }
    }

    /// Gives a call up: takes it out of the line, or closes its connection.
    func abandon(_ id: RequestID) {
        if let place = unsent.removeValue(forKey: id) {
            // One whose connection is being made gives it on when it is there.
            if let place { _ = pool.cancelWait(place) }
        } else {
            open.values.first { $0.callID == id }?.abandon()
        }
    }

    /// Takes a connection back whose call has ended.
    func release(_ connection: LeanConnection, _ furtherUse: FurtherUse) {
        let isReusable = furtherUse != .none
        if !isReusable { connection.close() }
        guard let heir = nextHeir() else {
            if isReusable, !pool.keep(connection, until: executor.now + furtherUse.time(inner.configuration.idleTimeout)) { connection.close() }
            return
        }
        if isReusable {
            use(connection, for: heir)
        } else if let other = pool.takeIdle(now: executor.now) {
            use(other, for: heir)
        } else {
            connect(for: heir)
        }
    }

    /// A connection has closed; its call has ended, too.
    private func lost(_ connection: LeanConnection) {
        pool.lost(connection)
        open[ObjectIdentifier(connection)] = nil
        closeIfEmpty()
    }

    /// A call has ended: what it was is told, unless the answer has done so.
    func ended(_ call: LeanCall, _ ending: LeanAnswer.Ending) {
        switch ending {
        case .answered: break
        case .failed(let error): receiver.failed(call.id, error)
        case .broken(let lastEventID, let retry, let error):
            if !inner.resume(call.message, id: call.id, after: lastEventID, retryMilliseconds: retry) { receiver.failed(call.id, error) }
        }
    }

    /// Closes every connection; the future succeeds when none is left.
    func close() -> EventLoopFuture<Void> {
        for call in pool.close().waiting {
            unsent[call.id] = nil
            receiver.failed(call.id, Self.closedError)
        }
        for connection in open.values { connection.close() }
        let promise = closed ?? executor.loop.makePromise(of: Void.self)
        closed = promise
        closeIfEmpty()
        return promise.futureResult
    }

    private static let closedError = TransportError(.closed, "the HTTP client was closed")

    private func closeIfEmpty() {
        if open.isEmpty, connecting == 0 { closed?.succeed(()) }
    }

    /// Who inherits the right to a connection that its user no longer needs.
    private func nextHeir() -> LeanCall? {
        guard let heir = pool.released(.request) else { return nil }
        unsent[heir.id] = nil
        return heir
    }

    private func use(_ connection: LeanConnection, for call: LeanCall) {
        // One that is not usable has closed, and nobody has told us yet.
        if connection.isUsable { connection.start(call) } else { connect(for: call) }
    }

    // MARK: - Making connections

    private func connect(for call: LeanCall) {
        unsent[call.id] = .some(nil)
        connecting += 1
        let (server, limit) = (server, inner.configuration.maximumMessageBytes)
        let bound = NIOLoopBound(self, eventLoop: executor.loop)
        let made = executor.loop.makePromise(of: (any Channel).self)
        let timeout = inner.configuration.connectTimeout
        let timer = executor.schedule(after: timeout) {
            made.fail(TransportError(.unreachable, "no connection to \(server.origin) within \(timeout)"))
        }
        let attempt = bootstrap.connect { channel in
            try channel.pipeline.syncOperations.addHandler(LeanConnection(bound.value, server: server, maximumMessageBytes: limit))
        }
        attempt.cascade(to: made)
        made.futureResult.assumeIsolated().whenComplete { result in
            timer.cancel()
            self.connecting -= 1
            switch result {
            case .success(let channel): self.connected(channel, for: call)
            case .failure(let error):
                // An attempt that was given up may still succeed.
                attempt.whenSuccess { $0.close(promise: nil) }
                self.failed(call, error)
            }
            self.closeIfEmpty()
        }
    }

    private func connected(_ channel: any Channel, for call: LeanCall) {
        let connection: LeanConnection
        do {
            connection = try channel.pipeline.syncOperations.handler(type: LeanConnection.self)
        } catch {
            return failed(call, HTTPConnection.transportError(error, server))
        }
        open[ObjectIdentifier(connection)] = connection
        channel.closeFuture.assumeIsolated().whenComplete { _ in self.lost(connection) }
        let isWanted = unsent.removeValue(forKey: call.id) != nil
        if pool.isClosed {
            connection.close()
            if isWanted { receiver.failed(call.id, Self.closedError) }
        } else if isWanted {
            use(connection, for: call)
        } else {
            release(connection, .idle(atMost: nil))
        }
    }

    private func failed(_ call: LeanCall, _ error: any Error) {
        if unsent.removeValue(forKey: call.id) != nil {
            let known = error as? TransportError
            receiver.failed(call.id, known ?? .cannotConnect(to: server.origin, error))
        }
        // Who waited behind it tries for itself: one failed attempt says little about the next.
        if let heir = nextHeir() { connect(for: heir) }
    }
}
