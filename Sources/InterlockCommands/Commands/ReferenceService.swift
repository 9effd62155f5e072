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
    private let logger: Logger

    /// Makes everything that can fail because of a setting; nothing listens before ``run()``.
    init(_ settings: ServeSettings, logger: Logger) throws {
        self.settings = settings
        self.logger = logger
        reference = try ReferenceServer(settings.referenceConfiguration(logger: logger), server: settings.serverConfiguration(logger: logger))
        if settings.usesStdio {
            http = nil
            transport = StdioServerTransport(configuration: settings.stdioConfiguration, logger: logger)
        } else {
            let http = HTTPServerTransport(configuration: settings.httpConfiguration, routes: HealthRoutes.make(for: reference.server), logger: logger)
            self.http = http
            transport = http
        }
    }

    func run() async throws {
        let server = reference.server
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await announce() }
                try await reference.serve(on: [transport])
                group.cancelAll()
            }
        } onGracefulShutdown: { [logger, deadline = settings.drainDeadline] in
            logger.info("draining", metadata: ["event": "draining", "deadline": "\(deadline)"])
            server.beginGracefulShutdown(deadline: deadline)
        }
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
