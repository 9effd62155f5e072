import GRDB

/// A connection that can hold the file, as another process would.
struct FileHolder: Sendable {
    private let queue: DatabaseQueue

    init(_ path: String) throws {
        var open = Configuration()
        open.allowsUnsafeTransactions = true
        open.busyMode = .timeout(10) // a transaction that nobody waits for any more may be being undone
        queue = try DatabaseQueue(path: path, configuration: open)
    }

    func hold() async throws { try await queue.writeWithoutTransaction { try $0.execute(sql: "BEGIN EXCLUSIVE") } }
    func letGo() async throws { try await queue.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") } }
}
