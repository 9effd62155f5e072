public import InterlockConcurrency
import InterlockStorage
public import Logging
import Synchronization

/// Keeps a directory of tenants at what a shared document says, on every instance.
///
/// The document is looked at every few seconds. A new version is checked as a whole before it takes effect; one that is not usable changes nothing, is said
/// in the log, and stays in ``TenantDirectory/lastFailure`` until a good one comes. While the store does not answer, the configuration in force stays.
public final class TenantWatch: Sendable {
    /// The directory it keeps. It refuses everybody until ``start()`` has succeeded.
    public let directory = TenantDirectory(TenantConfiguration())
    private let document: TenantDocument
    private let interval: Duration
    private let clock: any SchedulingClock
    private let logger: Logger
    private let machine = Mutex(TenantWatchStateMachine())

    /// - Parameter interval: how long after a look the next one is [2 s].
    public init(
        _ document: TenantDocument, interval: Duration = .seconds(2), clock: any SchedulingClock = SystemClock.shared,
        logger: Logger = Logger(label: "interlock.tenants")
    ) {
        self.document = document
        self.interval = interval
        self.clock = clock
        self.logger = logger
    }

    /// Reads the document for the first time.
    ///
    /// - Throws: ``TenantConfigurationError`` if there is none or it is not usable, ``InterlockStorage/StoreError`` if the store does not answer: nobody
    ///   could be served.
    public func start() async throws {
        switch await look() {
        case .lost(let error): throw error
        case .missing: throw Self.isMissing
        case .take, .found, .nothing: if let failure = directory.lastFailure { throw failure }
        }
    }

    /// Looks again and again until the task is cancelled. One call at a time.
    public func run() async {
        while true {
            do throws(CancellationError) { try await clock.sleep(for: interval) } catch { return }
            await look()
        }
    }

    /// Looks now, and does what is to be done.
    @discardableResult
    func look() async -> TenantWatchStateMachine.Action {
        let result: Result<StoredState?, StoreError>
        do throws(StoreError) { result = .success(try await document.load()) } catch { result = .failure(error) }
        let action = machine.withLock { $0.looked(result) }
        switch action {
        case .nothing: break
        case .found: logger.notice("the tenant configuration can be read again", metadata: ["event": "tenants_found"])
        case .lost(let error):
            logger.error("the tenant configuration cannot be read; the one in force stays", metadata: ["event": "tenants_lost", "error": "\(error)"])
        case .missing: refuse(Self.isMissing, version: nil)
        case .take(let bytes, let version): take(bytes, version: version)
        }
        return action
    }

    private func take(_ bytes: [UInt8], version: UInt64) {
        do throws(TenantConfigurationError) {
            let change = directory.replace(try TenantConfiguration(json: bytes))
            logger.info("another tenant configuration is in force", metadata: [
                "event": "tenants_taken", "version": "\(version)", "added": "\(change.added.count)", "removed": "\(change.removed.count)",
                "changed": "\(change.changed.count)",
            ])
        } catch {
            refuse(error, version: version)
        }
    }

    private func refuse(_ error: TenantConfigurationError, version: UInt64?) {
        directory.refuse(error)
        logger.error("a tenant configuration was refused; the one in force stays", metadata: [
            "event": "tenants_refused", "version": "\(version.map(String.init) ?? "none")", "error": "\(error)",
        ])
    }

    private static let isMissing = TenantConfigurationError([
        .init(path: "", message: "there is none in the store; put one there with `interlock tenants put`"),
    ])
}
