import ArgumentParser
import Foundation
import InterlockObservability
import InterlockReference
import Logging
import ServiceLifecycle
import UnixSignals

/// `interlock serve`: the reference server, over HTTP or on standard input and output.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve documents and a few tools over MCP.",
        discussion: """
            Every option may also be an environment variable (INTERLOCK_MAX_CONNECTIONS for --max-connections) or a member of \
            the JSON file named by --config. Flags win over the environment, the environment over the file.
            Times are 250ms, 30s, 10m, 4h; a bare number is seconds. Logs go to standard error, one JSON object a line.
            """)

    @OptionGroup var options: ServeOptions

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let settings = try options.settings(environment: environment)
        LoggingSystem.bootstrap(
            { label, provider in JSONLogHandler(label: label, level: settings.logLevel, metadataProvider: provider) }, metadataProvider: .interlock)
        let logger = Logger(label: "interlock.serve")
        for (variable, nearest) in Setting.unknownVariables(in: environment) {
            let hint = nearest.map { "; did you mean \($0)?" } ?? ""
            logger.warning("\(variable) is no setting and has no effect\(hint)", metadata: ["event": "unknown_variable"])
        }
        let descriptors = DescriptorLimit.raise()
        logger.debug("descriptor limit", metadata: ["descriptors": "\(descriptors)"])
        let service = try ReferenceService(settings, logger: logger)
        var configuration = ServiceGroupConfiguration(
            services: [.init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        // The drain has its own deadline; this is for a transport that would not end after it.
        configuration.maximumGracefulShutdownDuration = settings.drainDeadline + .seconds(5)
        try await ServiceGroup(configuration: configuration).run()
        logger.info("stopped", metadata: ["event": "stopped"])
        if service.mustStartAgain { throw ExitCode(CommandStatus.startAgain.rawValue) }
    }
}
