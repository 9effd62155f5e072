public import InterlockConcurrency
public import InterlockStorage

/// Every store of one SQLite file: for one machine whose processes share what they know and find it again after a restart.
///
/// The file is made readable for its owner only. Several processes may use it at once on a local disk, not on a network
/// file system. Readers never wait. A writer waits for others as long as what it writes may take, and then throws ``StoreError/Code/unavailable``: a
/// decision about a rate 50 ms, other writes half a second, what settles a call that was made five seconds. After several that failed so none but the
/// last is tried until one in a second has come back.
public struct SQLiteStores: Sendable {
    /// What a write has reached when its call returns.
    public enum Durability: Sendable, Hashable {
        /// The operating system: a crash of the process loses nothing, a loss of power may lose the last writes.
        case process
        /// The disk: nothing is lost. Every write waits for the disk, a millisecond or more.
        case power
    }

    /// How much a store may keep. Rows whose time is over do not count.
    public struct Bounds: Sendable, Hashable {
        public var entries: Int
        /// Bytes of keys and contents, with a fixed overhead for each entry.
        public var bytes: Int

        public init(entries: Int, bytes: Int) {
            self.entries = entries
            self.bytes = bytes
        }
    }

    /// The bounds of the stores, and how the file is used.
    public struct Configuration: Sendable, Hashable {
        /// The longest unused sessions make room.
        public var maximumSessions = 100_000
        /// Commits above are refused.
        public var state = Bounds(entries: 100_000, bytes: 1 << 30)
        /// Claims above are refused.
        public var idempotency = Bounds(entries: 100_000, bytes: 1 << 30)
        /// Leases above are refused.
        public var leases = Bounds(entries: 100_000, bytes: 64 << 20)
        /// Keys that recover first make room.
        public var rates = Bounds(entries: 1_000_000, bytes: 256 << 20)
        /// Events of streams; the oldest make room.
        public var events = SQLiteEventStore.Bounds()
        public var durability = Durability.process
        /// How long a write may take that must not be lost, the wait for other writers included: the result of a call, a claim given back, the end of
        /// a session; how long events wait at a time, behind the answers; and how long opening waits for a file that another process holds, twice
        /// at most, on the caller's thread. At least ``writeBudget``.
        public var busyTimeout = Duration.seconds(5)
        /// How long a decision about a rate may take, the wait for other writers included: it stands in the way of every call. Above zero.
        public var rateBudget = Duration.milliseconds(50)
        /// When decisions about rates are no longer asked of a file that fails them, and how it is tried again. `nil` asks every time.
        public var rateBreaker: CircuitBreakerConfiguration? = CircuitBreakerConfiguration(
            window: .time(.seconds(1)), minimumCalls: 5, failureRate: 0.5, openDuration: .seconds(1), probes: 1)
        /// How long other writes may take that a caller waits for, the wait for other writers included: those of sessions, state, claims and leases.
        /// No rule can answer in their stead, so it is ten times the budget of a rate, for a disk that is slow at times. Above zero.
        public var writeBudget = Duration.milliseconds(500)
        /// When such writes are no longer asked of a file that fails them, and how it is tried again. `nil` asks every time.
        public var writeBreaker: CircuitBreakerConfiguration? = CircuitBreakerConfiguration(
            window: .time(.seconds(5)), minimumCalls: 5, failureRate: 0.5, openDuration: .seconds(1), probes: 1)

        public init() {}

        /// Waits longer or less: a rate so long, other writes ten times that, and what must not be lost at least as long as these.
        public mutating func wait(atMost budget: Duration) {
            (rateBudget, writeBudget) = (budget, budget * 10)
            busyTimeout = max(busyTimeout, writeBudget)
            // So that the calls they judge by lie in their windows also when one caller makes them, each after the one before.
            rateBreaker?.window = .time(max(.seconds(1), rateBudget * 10))
            writeBreaker?.window = .time(max(.seconds(1), writeBudget * 10))
        }
    }

    public let sessions: SQLiteSessionStore
    public let state: SQLiteStateStore
    public let idempotency: SQLiteIdempotencyStore
    public let leases: SQLiteLeaseStore
    public let rates: SQLiteRateLimitStore
    public let events: SQLiteEventStore
    let file: StoreFile

    /// Opens the file, makes it if there is none, and brings its tables up to date.
    ///
    /// - Parameters:
    ///   - path: the file; SQLite keeps two more beside it, `-wal` and `-shm`.
    ///   - clock: gives the wall time, by which everything in the file is dated.
    ///   - random: makes the ids of lease holders.
    /// - Throws: ``StoreError``: corrupt when the file is damaged or no database, refused when a newer version wrote it or a bound is
    ///   not positive, unavailable when it cannot be opened now. The message names the file.
    public init(
        path: String, configuration: Configuration = Configuration(), clock: any SchedulingClock = SystemClock.shared, random: RandomSource = .system
    ) throws(StoreError) {
        for bounds in [configuration.state, configuration.idempotency, configuration.leases, configuration.rates] where bounds.entries < 1 || bounds.bytes < 1 {
            throw StoreError(.refused, "the stores in \(path) are given a bound of \(bounds.entries) entries and \(bounds.bytes) bytes; both must be positive")
        }
        guard configuration.maximumSessions > 0 else {
            throw StoreError(.refused, "the sessions in \(path) are given a bound of \(configuration.maximumSessions); it must be at least 1")
        }
        for (what, budget) in [("rates", configuration.rateBudget), ("writes", configuration.writeBudget)] where budget <= .zero {
            throw StoreError(.refused, "the \(what) in \(path) are given a budget of \(budget); it must be longer than nothing")
        }
        let events = configuration.events
        guard min(events.bytes, events.streams, events.eventsOfStream, events.bytesOfStream, events.queuedBytes) > 0, events.keptFor > .zero else {
            throw StoreError(.refused, "the events in \(path) are given a bound that is not positive: \(events)")
        }
        do {
            file = try StoreFile(path: path, configuration: configuration, clock: clock)
        } catch {
            throw StoreError(error, during: "opening", path: path)
        }
        sessions = SQLiteSessionStore(file: file, capacity: configuration.maximumSessions)
        state = SQLiteStateStore(file: file, bounds: configuration.state, clock: clock)
        idempotency = SQLiteIdempotencyStore(file: file, bounds: configuration.idempotency, clock: clock)
        leases = SQLiteLeaseStore(file: file, bounds: configuration.leases, clock: clock, random: random)
        rates = SQLiteRateLimitStore(file: file, bounds: configuration.rates, clock: clock)
        self.events = try SQLiteEventStore(file: file, bounds: events, instances: leases, clock: clock)
    }

    /// How the file does, for all its stores.
    public var health: SQLiteHealth { file.health }

    /// Waits for calls that have begun and closes the file for all its stores; calls after it throw.
    public func close() throws(StoreError) { try file.close() }
}
