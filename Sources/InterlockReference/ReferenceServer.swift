import InterlockConcurrency
public import InterlockServer
public import InterlockTransport
import Logging

/// The server behind `interlock serve`: documents to search, and tools that each show one hazard of concurrent calls, handled.
///
/// Its state is fresh: no users, no accounts, no counters, no notes, no records asked for.
public final class ReferenceServer: Sendable {
    /// The runtime, for its limits, counters and shutdown.
    public let server: Server
    /// What the outside API behind `enrich_record` has seen.
    let records: RecordService
    private let port: Readiness<Int>
    private let library: DocumentLibrary
    private let notes: NoteFolder
    private let memory: MemoryReporter?
    private let logger: Logger

    /// Makes the server; nothing runs and nothing listens until ``serve(on:)``.
    ///
    /// - Parameters:
    ///   - configuration: what it offers.
    ///   - serverConfiguration: the runtime's limits.
    public init(_ configuration: ReferenceConfiguration, server serverConfiguration: ServerConfiguration) throws {
        let (clock, mode) = (configuration.clock, configuration.mode)
        let limits = RecordLimits()
        let port = Readiness<Int>()
        let library = DocumentLibrary(
            source: configuration.documents, scanInterval: configuration.scanInterval, clock: clock, logger: configuration.logger)
        let registry = UserRegistry(limit: configuration.userLimit, mode: mode, clock: clock)
        let notes = NoteFolder(mode: mode)
        let http = RecordHTTPExchange(port: port, timeout: configuration.recordTimeout, clock: clock)
        let client = RecordClient(http: http, limits: limits, mode: mode, clock: clock)
        self.port = port
        self.library = library
        self.notes = notes
        self.logger = configuration.logger
        records = RecordService(limits: limits, clock: clock)
        server = try Server(configuration: serverConfiguration) {
            DocumentTools.make(library, mode: mode)
            RegistrationTools.make(registry, mode: mode, sharedLimit: configuration.isShared ? configuration.userLimit : nil)
            AccountTools.make(Ledger(), mode: mode, isShared: configuration.isShared)
            CounterTools.make(Counters(), mode: mode)
            NoteTools.make(notes, mode: mode)
            RecordTools.make(client, limits: limits, mode: mode)
            Self.passwordTools(mode)
            TextTools.make(library, mode: mode)
        }
        memory = Self.memoryReporter(configuration, server)
    }

    /// Serves on the transports until all of them have ended, with everything the tools need running beside them.
    public func serve(on transports: [any ServerTransport]) async throws {
        defer { notes.removeAll() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [self] in await runRecords() }
            group.addTask { [self] in await library.run { documentsChanged($0) } }
            if let memory { group.addTask { await memory.run() } }
            do {
                try await server.serve(on: transports)
            } catch {
                group.cancelAll()
                throw error
            }
            group.cancelAll()
        }
    }

    private func runRecords() async {
        do {
            try await records.run { port.succeed($0) }
        } catch {
            logger.error("the record service stopped", metadata: ["error": "\(error)"])
            port.fail(RecordError(message: "The record service of this server is not running; its log says why."))
        }
    }

    /// Shows documents as resources, and tells subscribers.
    private func documentsChanged(_ changes: FolderChanges) {
        for id in changes.removed { server.removeResource(uri: Document.uri(of: id)) }
        if !changes.added.isEmpty {
            do {
                try server.addFeatures { changes.added.map { DocumentTools.resource($0, in: library) as any Feature } }
            } catch {
                logger.error("documents cannot be shown as resources", metadata: ["error": "\(error)"])
            }
        }
        for id in changes.changed + changes.removed { server.notifyResourceUpdated(uri: Document.uri(of: id)) }
    }

    private static func passwordTools(_ mode: DemoMode) -> [any Feature] {
        #if os(Linux)
        PasswordTools.make(BcryptHasher(), mode: mode)
        #else
        [] // bcrypt comes with libcrypt, which only Linux has
        #endif
    }

    private static func memoryReporter(_ configuration: ReferenceConfiguration, _ server: Server) -> MemoryReporter? {
        #if os(Linux) && canImport(Glibc)
        MemoryReporter(
            interval: configuration.memoryInterval, clock: configuration.clock, logger: configuration.logger,
            measure: { MemoryUsage.current() }, load: { server.snapshot })
        #else
        nil
        #endif
    }
}
