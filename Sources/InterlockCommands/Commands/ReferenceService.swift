import InterlockConcurrency
import InterlockHTTPServer
import InterlockReference
import InterlockServer
import InterlockStdio
import InterlockTransport
import Logging
import ServiceLifecycle

/// The reference server on its transports, as a service that drains when the process is told to stop.
struct ReferenceService: Service {
    private let reference: ReferenceServer
    private let transport: any ServerTransport
    private let http: HTTPServerTransport?
    private let settings: ServeSettings
    private let production: Production
    private let logger: Logger
    private let drainReason = DrainReason.First()

    /// Whether whoever supervises the process is to start it again. To be asked after ``run()``.
    var mustStartAgain: Bool { drainReason.value == .memory }

    /// Makes everything that can fail because of a setting; nothing listens before ``run()``.
    init(_ settings: ServeSettings, logger: Logger) throws {
        self.settings = settings
        self.logger = logger
        production = try Production(settings, logger: logger)
        var configuration = try settings.serverConfiguration(logger: logger)
        production.apply(to: &configuration)
        var offer = try settings.referenceConfiguration(logger: logger)
        offer.isShared = production.stores.isShared
        reference = try ReferenceServer(offer, server: configuration)
        if settings.usesStdio {
            http = nil
            transport = StdioServerTransport(configuration: settings.stdioConfiguration, logger: logger)
        } else {
            try production.checkAddress(settings)
            let http = HTTPServerTransport(
                configuration: settings.httpConfiguration, gate: production.gate(for: reference.server),
                routes: HealthRoutes.make(for: reference.server) + production.routes, standingFields: production.stores.standingFields, logger: logger)
            self.http = http
            transport = http
        }
    }

    func run() async throws {
        let (server, production) = (reference.server, production)
        let drain: @Sendable (DrainReason) -> Void = { [logger, drainReason, deadline = settings.drainDeadline] reason in
            drainReason.set(reason)
            logger.info("draining", metadata: ["event": "draining", "reason": "\(reason)", "deadline": "\(deadline)"])
            server.beginGracefulShutdown(deadline: deadline)
        }
        do {
            try await production.start()
        } catch {
            await production.shutDown()
            throw error
        }
        async let traces: Void = production.exportTraces()
        do {
            try await withGracefulShutdownHandler {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { await announce() }
                    group.addTask { await production.run(server, on: http, drain: drain) }
                    try await reference.serve(on: [transport])
                    group.cancelAll()
                }
            } onGracefulShutdown: {
                drain(.signal)
            }
        } catch {
            await production.shutDown()
            await traces
            throw error
        }
        await production.shutDown()
        await traces
    }

    private func announce() async {
        var metadata: Logger.Metadata = ["event": "started", "unsafe_demo": .stringConvertible(settings.isUnsafeDemo)]
        if let http {
            // If it cannot listen, serving fails with the reason.
            guard let address = try? await http.listening() else { return }
            metadata["url"] = "\(settings.tls == nil ? "http" : "https")://\(address)\(settings.httpConfiguration.path)"
        } else {
            metadata["transport"] = "stdio"
        }
        logger.info("serving", metadata: metadata)
    }
}
