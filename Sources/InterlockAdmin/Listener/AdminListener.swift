public import InterlockHTTPServer
import InterlockTransport
public import Logging

/// The operator's door: metrics, health, the dashboard, and a few actions, on an address of their own.
///
/// ```swift
/// var sources = AdminSources(server: server, registry: registry)
/// sources.process = ProcessMetrics()
/// let admin = try AdminListener(AdminConfiguration(port: 9464), sources: sources)
/// try await admin.run()      // beside the server, ended after it
/// ```
///
/// It listens on loopback unless it has a token, serves no MCP, and refuses names it does not know in `Host` and pages of
/// other sites. Keep it running while the server drains, so that the drain can be watched; then ``beginGracefulShutdown()``.
public final class AdminListener: Sendable {
    private let transport: HTTPServerTransport
    private let feed: AdminFeed
    private let configuration: AdminConfiguration
    private let logger: Logger

    /// Makes a listener, and exports the server's metrics to the registry. It does not listen before ``run()``.
    ///
    /// - Throws: ``AdminError`` for an address that other machines can reach without a token.
    public init(_ configuration: AdminConfiguration, sources: AdminSources, logger: Logger = Logger(label: "interlock.admin")) throws(AdminError) {
        try configuration.validate()
        self.configuration = configuration
        self.logger = logger
        let metrics = AdminMetrics(sources)
        metrics.export()
        feed = AdminFeed(sources, metrics: metrics, maximumListeners: configuration.maximumEventStreams)
        let routes = AdminRoutes(sources: sources, feed: feed, access: AdminAccess(token: configuration.token), metrics: metrics, logger: logger)
        transport = HTTPServerTransport(
            configuration: configuration.http, gate: NoProtocolGate(), routes: routes.all, clock: sources.clock, logger: logger)
    }

    /// Listens until a graceful shutdown has finished or the task is cancelled. Call once.
    ///
    /// - Throws: `TransportError` when the address cannot be bound.
    public func run() async throws {
        if !configuration.isLoopback, configuration.tls == nil {
            logger.warning(
                "the admin token travels in the clear: give the admin listener a certificate, or put it behind something that has one",
                metadata: ["address": "\(configuration.host)"])
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.feed.run() }
            group.addTask { try await self.transport.run(NoProtocolRuntime()) }
            // The transport ends by a shutdown or an error, the feed only by being cancelled: whichever is first ends both.
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Takes no more requests and ends open dashboards; ``run()`` returns soon after. Signals and returns. Idempotent.
    public func beginGracefulShutdown() { transport.beginGracefulShutdown() }

    /// Suspends until it listens, and says where.
    public func listening() async throws -> ListeningAddress { try await transport.listening() }
}
