public import InterlockConcurrency

/// A SQLite database for many tasks at a time: a pool of connections that read, one that writes, and threads to block on.
///
/// ```swift
/// let notes = SQLiteDatabase(path: "/var/lib/notes.sqlite", readers: 4)
/// async let upkeep: Void = notes.run()
/// try await notes.write { try $0.transaction { _ = try $0.rows("INSERT INTO notes VALUES (?)", [text]) } }
/// let all = try await notes.read { try $0.rows("SELECT text FROM notes") }
/// ```
///
/// SQLite lets one writer in at a time, so writers wait here, first come first served, instead of failing with
/// `SQLITE_BUSY` there. A connection whose file fails it, or that comes back in the middle of a transaction, is closed and
/// the next caller gets a new one.
public final class SQLiteDatabase: Sendable {
    private let readers: ResourcePool<SQLiteConnection>
    private let writers: ResourcePool<SQLiteConnection>
    /// SQLite blocks; the threads of the cooperative pool must not.
    private let threads: WorkerPool

    /// Makes a database; opens nothing yet.
    ///
    /// - Parameters:
    ///   - path: The file, which the first writer creates.
    ///   - readers: Connections that read, at most.
    ///   - queueDepth: Callers that may wait for a connection, of readers and of writers each.
    ///   - clock: Decides when deadlines pass and what lay unused too long.
    public init(path: String, readers: Int, queueDepth: Int = 100, clock: any SchedulingClock = SystemClock.shared) {
        let threads = WorkerPool(threads: readers + 1, queue: .init(depth: 2 * queueDepth + readers + 1), name: "sqlite", clock: clock)
        self.threads = threads
        func pool(_ name: String, _ maximum: Int, isReadOnly: Bool) -> ResourcePool<SQLiteConnection> {
            ResourcePool(
                .init(maximum: maximum, idleLifetime: .seconds(60), lifetime: .seconds(3_600), validateAfter: .seconds(30), queue: .init(depth: queueDepth)),
                name: name, clock: clock,
                make: { try await threads.run { try SQLiteConnection(path: path, isReadOnly: isReadOnly) } },
                close: { connection in connection.close() },
                validate: { connection in (try? await threads.run { connection.answers }) ?? false },  // an invalid one is replaced
                spoils: { ($0 as? SQLiteError)?.spoilsConnection ?? ($0 is LeftInTransaction) })
        }
        self.readers = pool("readers of \(path)", readers, isReadOnly: true)
        self.writers = pool("the writer of \(path)", 1, isReadOnly: false)
    }

    /// Runs `body` with a connection that only reads, on a thread that may block.
    ///
    /// - Parameter deadline: Until when to wait for a connection.
    /// - Throws: `AcquireError` when there was none in time, ``SQLiteError``, and what `body` throws.
    public nonisolated(nonsending) func read<R: Sendable>(
        deadline: MonotonicTime? = nil, _ body: @escaping @Sendable (SQLiteConnection) throws -> R
    ) async throws -> R {
        try await use(readers, deadline, body)
    }

    /// Runs `body` with the connection that writes, on a thread that may block. See ``read(deadline:_:)``.
    public nonisolated(nonsending) func write<R: Sendable>(
        deadline: MonotonicTime? = nil, _ body: @escaping @Sendable (SQLiteConnection) throws -> R
    ) async throws -> R {
        try await use(writers, deadline, body)
    }

    /// Closes connections that lay unused too long, until the task is cancelled. Call it once.
    public func run() async {
        async let reading: Void = readers.run()
        await writers.run()
        await reading
    }

    /// Refuses new callers, waits for all others, and closes every connection.
    ///
    /// - Returns: `false` when the deadline passed first.
    public func drain(deadline: MonotonicTime? = nil) async -> Bool {
        async let reading = readers.drain(deadline: deadline)
        let isWriterDrained = await writers.drain(deadline: deadline)
        let isDrained = await reading && isWriterDrained
        threads.shutDown()
        return isDrained
    }

    /// Connections that read and that write, and who has borrowed them.
    public var snapshots: (readers: ResourcePoolSnapshot, writer: ResourcePoolSnapshot) { (readers.snapshot, writers.snapshot) }

    private nonisolated(nonsending) func use<R: Sendable>(
        _ pool: ResourcePool<SQLiteConnection>, _ deadline: MonotonicTime?, _ body: @escaping @Sendable (SQLiteConnection) throws -> R
    ) async throws -> R {
        try await pool.withResource(deadline: deadline) { connection in
            try await threads.run {
                let result = Result { try body(connection) }
                if connection.isInTransaction { throw LeftInTransaction(result) }
                return try result.get()
            }
        }
    }
}

/// A body that began a transaction and did not end it: nothing of it was kept.
public struct LeftInTransaction: Error, Sendable, CustomStringConvertible {
    /// What the body threw in the middle of it, if it did.
    public let cause: (any Error)?

    init<R>(_ result: Result<R, any Error>) {
        if case .failure(let error) = result { cause = error } else { cause = nil }
    }

    public var description: String { "the body left its transaction open, so it was rolled back; commit it, or use transaction(_:)" }
}
