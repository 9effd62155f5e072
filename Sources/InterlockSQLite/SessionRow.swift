import GRDB
import InterlockJSON
import InterlockStorage

/// One session as a row: JSON members as text, lists as JSON arrays.
struct SessionRow: Codable, FetchableRecord, PersistableRecord {
    static let databaseTableName = "session"

    enum Columns {
        static let createdAt = Column("createdAt")
        static let lastUsedAt = Column("lastUsedAt")
        static let id = Column("id")
    }

    var id: String
    var revision: String
    var principal: String?
    var clientInfo: String?
    var clientCapabilities: String
    var logLevel: String?
    var subscriptions: String
    var isInitialized: Bool
    var createdAt: Int64
    var lastUsedAt: Int64
    var version: Int64

    init(_ record: SessionRecord) throws {
        id = record.id
        revision = record.revision
        principal = record.principal
        clientInfo = record.clientInfo?.description
        clientCapabilities = record.clientCapabilities.description
        logLevel = record.logLevel
        subscriptions = try RawJSON(encoding: record.subscriptions).description
        isInitialized = record.isInitialized
        createdAt = record.createdAt
        lastUsedAt = record.lastUsedAt
        version = record.version
    }

    /// The record the row was made from; throws when somebody has damaged the JSON in the file.
    func record() throws -> SessionRecord {
        SessionRecord(
            id: id, revision: revision, principal: principal, clientInfo: try clientInfo.map { try RawJSON(parsing: $0) },
            clientCapabilities: try RawJSON(parsing: clientCapabilities), logLevel: logLevel,
            subscriptions: try RawJSON(parsing: subscriptions).decode([String].self), isInitialized: isInitialized,
            createdAt: createdAt, lastUsedAt: lastUsedAt, version: version)
    }

    /// The rows that make room first.
    static func longestUnused(_ number: Int, except id: String) -> QueryInterfaceRequest<SessionRow> {
        filter { $0.id != id }.order { $0.lastUsedAt }.limit(number)
    }
}
