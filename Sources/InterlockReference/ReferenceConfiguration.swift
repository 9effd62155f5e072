public import InterlockConcurrency
public import Logging

/// What the reference server offers.
public struct ReferenceConfiguration: Sendable {
    /// Where its documents come from.
    public var documents: DocumentSource = .bundled
    /// Whether the guards of its tools are in place.
    public var mode: DemoMode = .guarded
    /// Users that may register [10].
    public var userLimit = 10
    /// Whether accounts and users are in the server's state store, which several instances may share or a restart finds again [no].
    public var isShared = false
    /// How long a change in the documents folder may go unnoticed [2 s].
    public var scanInterval: Duration = .seconds(2)
    /// How often a line about memory is logged [60 s].
    public var memoryInterval: Duration = .seconds(60)
    /// How long one request to the outside API may take, by the clock; a test whose clock runs faster than its sockets needs more.
    var recordTimeout: Duration = .seconds(10)
    /// Measures all of its waiting.
    public var clock: any SchedulingClock = SystemClock.shared
    public var logger: Logger

    public init(logger: Logger = Logger(label: "interlock.reference")) {
        self.logger = logger
    }
}
