public import InterlockConcurrency
public import InterlockTransport
public import Logging
import NIOCore
import NIOPosix
import Synchronization

/// Streamable HTTP: one MCP endpoint of both eras over HTTP/1.1 and HTTP/2, and the HTTP+SSE pair of revision 2024-11-05.
///
/// Requests are checked, scanned and handed to the runtime on the event loop their connection lives on, without a task or
/// a hop in between. Spec: 2026-07-28, Transports › Streamable HTTP.
///
/// HTTP/2 is spoken with clients that begin with it, over TLS after ALPN or in the clear on the same port.
public final class HTTPServerTransport: ServerTransport {
    private let configuration: HTTPServerConfiguration
    private let gate: any RequestGate
    private let routes: [HTTPRoute]
    private let standingFields: (@Sendable () -> [(name: String, value: String)])?
    private let clock: any SchedulingClock
    private let logger: Logger
    private let lifecycle = Mutex(ServerLifecycleStateMachine())
    private let serving = Mutex<Serving?>(nil)

    /// What there is only between binding and the end.
    private struct Serving {
        var core: ServerCore
        var loops: [ServerLoop]
        var listener: any Channel
    }

    /// Makes a server. It does nothing until ``run(_:)``.
    ///
    /// - Parameters:
    ///   - gate: Asked about every request for MCP before its body is read; not about routes and
    ///     preflights. A decision that comes later has the deadline the gate gives it. With one that lets everybody in the server
    ///     listens on loopback only, unless ``HTTPServerConfiguration/allowsUnauthenticatedAccess`` is set.
    ///   - routes: What else the server answers.
    ///   - standingFields: Header fields of every response as long as they hold, such as what the server must do without; `nil` for none. Asked for
    ///     each response on its event loop, so it must be quick.
    ///   - clock: Decides about every timeout, deadline and heartbeat.
    public init(
        configuration: HTTPServerConfiguration, gate: any RequestGate = OpenGate(), routes: [HTTPRoute] = [],
        standingFields: (@Sendable () -> [(name: String, value: String)])? = nil, clock: any SchedulingClock = SystemClock.shared,
        logger: Logger = Logger(label: "interlock.http")
    ) {
        self.configuration = configuration
        self.gate = gate
        self.routes = routes
        self.standingFields = standingFields
        self.clock = clock
        self.logger = logger
    }

    /// The connections now; `nil` before the server listens and after it has ended.
    public var connections: ConnectionCounts? {
        guard let admission = serving.withLock({ $0?.core.admission }) else { return nil }
        let counts = admission.counts
        return ConnectionCounts(active: counts.served, limit: admission.limit, waiting: counts.waiting)
    }

    /// Suspends until the server listens, and says where.
    ///
    /// Throws ``TransportError`` when it cannot, or has ended; `CancellationError` when the task is cancelled.
    public func listening() async throws -> ListeningAddress {
        let waiter = ServerLifecycleStateMachine.AddressWaiter()
        switch lifecycle.withLock({ $0.awaitAddress(waiter) }) {
        case .now(let result): return try result.get()
        case .wait:
            let result = await waiter.wait {
                if self.lifecycle.withLock({ $0.abandonAddress(waiter) }) { waiter.resolve(nil) }
            }
            guard let result else { throw CancellationError() }
            return try result.get()
        }
    }

    /// The TCP port the server listens on; `nil` while it does not.
    public var boundPort: Int? { lifecycle.withLock { $0.address?.port } }

    /// Connections open now, with those that wait to be served.
    public var connectionCount: Int { lifecycle.withLock { $0.connectionCount } }

    /// Listens and serves until a graceful shutdown has finished or the task is cancelled, which closes all connections.
    ///
    /// Call once. Throws ``TransportError``: `misuse` for a configuration that cannot work, or that would let everybody in from other machines without
    /// saying so, `unreachable` when the address cannot be bound.
    public func run(_ runtime: any ServerRuntime) async throws {
        guard lifecycle.withLock({ $0.start() }) else {
            throw TransportError(.misuse, "HTTPServerTransport.run was called a second time; make a new transport for that")
        }
        do {
            try await serve(runtime)
        } catch {
            let error = error as? TransportError ?? TransportError(.unreachable, "The HTTP server failed: \(error)", cause: error)
            finish(error)
            throw error
        }
        finish(nil)
    }

    public func beginGracefulShutdown() {
        switch lifecycle.withLock({ $0.requestShutdown(windsDown: configuration.keepAliveGrace > .zero) }) {
        case .nothing: break
        case .drain: drain()
        case .windDown: windDown()
        }
    }

    // MARK: - From start to end

    private func serve(_ runtime: any ServerRuntime) async throws {
        try configuration.validate(for: gate)
        let core = try ServerCore(
            configuration: configuration, runtime: runtime, gate: gate, routes: routes, standingFields: standingFields, clock: clock, logger: logger)
        let tls = try configuration.tls.map { files throws(TransportError) in try TLSLayer(files) }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.eventLoopThreads ?? System.coreCount)
        let loops = group.makeIterator().map { ServerLoop($0, idleTimeout: configuration.idleTimeout) }
        let outcome = await serve(core, loops, tls, on: group)
        await settle(loops)
        await shutDown(group)
        try outcome.get()
    }

    private func serve(
        _ core: ServerCore, _ loops: [ServerLoop], _ tls: TLSLayer?, on group: MultiThreadedEventLoopGroup
    ) async -> Result<Void, any Error> {
        let listener: any Channel
        do {
            listener = try await bootstrap(core, loops, tls, on: group).bind(host: configuration.host, port: configuration.port).get()
        } catch {
            let place = ListeningAddress(host: configuration.host, port: configuration.port)
            if let error = error as? IOError, error.errnoCode == EADDRINUSE {
                return .failure(TransportError(.unreachable, "\(place) is in use: choose another port (--port), or end what listens there", cause: error))
            }
            return .failure(TransportError(.unreachable, "The HTTP server cannot listen on \(place): \(error)", cause: error))
        }
        serving.withLock { $0 = Serving(core: core, loops: loops, listener: listener) }
        listener.closeFuture.whenComplete { _ in self.lifecycle.withLock { $0.listenerClosed() }?.resolve(()) }
        let address = ListeningAddress(
            host: listener.localAddress?.ipAddress ?? configuration.host, port: listener.localAddress?.port ?? configuration.port)
        logger.info("listening", metadata: ["address": "\(address)", "path": "\(configuration.path)"])
        let (waiters, ends) = lifecycle.withLock { $0.bound(address) }
        for waiter in waiters { waiter.resolve(.success(address)) }
        if ends { drain() }
        let sweeper = ConnectionSweeper(core: core, loops: loops, interval: configuration.sweepInterval)
        sweeper.start()
        let end = Waiter<Void>()
        lifecycle.withLock { $0.awaitEnd(end) }?.resolve(())
        await end.wait { self.closeAll() }
        sweeper.stop()
        serving.withLock { $0 = nil }
        return .success(())
    }

    private func bootstrap(
        _ core: ServerCore, _ loops: [ServerLoop], _ tls: TLSLayer?, on group: MultiThreadedEventLoopGroup
    ) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4_096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try self.accept(channel, core, loops, tls) }
            }
    }

    /// Takes a new connection in, on its event loop.
    private func accept(_ channel: any Channel, _ core: ServerCore, _ loops: [ServerLoop], _ tls: TLSLayer?) throws {
        guard !core.isDraining, let loop = loops.first(where: { $0.eventLoop === channel.eventLoop }) else {
            throw ServerLifecycleStateMachine.endedError
        }
        lifecycle.withLock { $0.connectionOpened() }
        let detector = ProtocolDetector(core: core, loop: loop, channel: channel)
        let bound = NIOLoopBound(detector, eventLoop: channel.eventLoop)
        let (ticket, arrival) = core.admission.arrive(now: clock.now) { outcome in
            bound.eventLoop.execute { bound.value.resolved(outcome) }
        }
        channel.closeFuture.whenComplete { _ in
            core.admission.leave(ticket)
            let (runner, drains) = self.lifecycle.withLock { $0.connectionClosed() }
            runner?.resolve(())
            if drains { self.drain() }
        }
        detector.start(arrival)
        try tls?.add(to: channel)
        try channel.pipeline.syncOperations.addHandler(detector)
    }

    /// Serves on, with each response as the last of its connection, until there are no connections left or the grace is over.
    private func windDown() {
        guard let serving = serving.withLock({ $0 }) else { return }
        logger.info("winding down: each connection ends with its next response", metadata: ["grace": "\(configuration.keepAliveGrace)"])
        serving.core.startWindingDown()
        for loop in serving.loops { loop.windDown() }
        clock.schedule(after: configuration.keepAliveGrace) { [weak self] in
            guard let self, lifecycle.withLock({ $0.graceIsOver() }) else { return }
            drain()
        }
    }

    /// Takes no more connections and requests, and lets what is in flight finish.
    private func drain() {
        guard let serving = serving.withLock({ $0 }) else { return }
        logger.info("shutting down when what is in flight has finished")
        serving.core.startDraining()
        serving.core.admission.refuseAll()
        // Before the listener closes: without connections that is the end, and nothing may be queued on the loops after it.
        for loop in serving.loops { loop.shutDown() }
        serving.listener.close(promise: nil)
    }

    private func closeAll() {
        guard let serving = serving.withLock({ $0 }) else { return }
        serving.core.startDraining()
        for loop in serving.loops { loop.closeAll() }
        serving.listener.close(promise: nil)
    }

    /// Lets the loops do what they have queued on each other: a socket that was accepted as the listener closed is still on its way to its loop and,
    /// refused there, back.
    private func settle(_ loops: [ServerLoop]) async {
        for _ in 0..<3 {
            for loop in loops {
                let turn = OneShot<Void>()
                loop.eventLoop.execute { turn.resolve(()) }
                await turn.wait()
            }
        }
    }

    private func shutDown(_ group: MultiThreadedEventLoopGroup) async {
        do {
            try await group.shutdownGracefully()
        } catch {
            logger.error("the event loops did not end in order", metadata: ["error": "\(error)"])
        }
    }

    private func finish(_ error: TransportError?) {
        for waiter in lifecycle.withLock({ $0.finish(error) }) {
            waiter.resolve(.failure(error ?? ServerLifecycleStateMachine.endedError))
        }
    }
}
