import Foundation
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
    /// By its bytes: what merely reads the same is another.
    var tenant: Data?
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
        tenant = record.tenant?.blob
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
            id: id, revision: revision, principal: principal, tenant: tenant.map { String(decoding: $0, as: UTF8.self) }, clientInfo: try clientInfo.map { try RawJSON(parsing: $0) },
            clientCapabilities: try RawJSON(parsing: clientCapabilities), logLevel: logLevel,
            subscriptions: try RawJSON(parsing: subscriptions).decode([String].self), isInitialized: isInitialized,
            createdAt: createdAt, lastUsedAt: lastUsedAt, version: version)
    }

    /// The row with this id, or one that stands for a record that is not there, of about the size that records have: a row is read and decoded
    /// either way. False with the latter.
    static func fetchOrDecoy(_ db: Database, id: String) throws -> (row: SessionRow, isThere: Bool) {
        let statement = try db.cachedStatement(sql: lookup)
        guard let row = try Row.fetchOne(statement, arguments: [id]) else {
            throw DatabaseError(resultCode: .SQLITE_ERROR, message: "a query that ends with a constant row gave none")
        }
        return (try SessionRow(row: row), row["isThere"])
    }

    private static let lookup: String = {
        let decoy: [(column: String, value: String)] = [
            ("id", "'\(String(repeating: "0", count: 32))'"), ("revision", "'2025-11-25'"), ("principal", "'4:acme|8:api-keys|4:acme'"),
            ("tenant", "x'61636d65'"), ("clientInfo", #"'{"name":"client","version":"1.0"}'"#), ("clientCapabilities", #"'{"elicitation":{},"sampling":{}}'"#), ("logLevel", "NULL"),
            ("subscriptions", "'[]'"), ("isInitialized", "1"), ("createdAt", "0"), ("lastUsedAt", "0"), ("version", "0"),
        ]
        return """
            SELECT \(decoy.map(\.column).joined(separator: ", ")), 1 AS isThere FROM session WHERE id = ?
            UNION ALL SELECT \(decoy.map(\.value).joined(separator: ", ")), 0 LIMIT 1
            """
    }()

    /// Makes or replaces the row; above the capacity the longest unused of the others go.
    func put(_ db: Database, capacity: Int) throws {
        try upsert(db)
        let excess = try SessionRow.fetchCount(db) - capacity
        if excess > 0 { try SessionRow.longestUnused(excess, except: id).deleteAll(db) }
    }

    /// Whether the tenant of the row may have it beside those it has.
    func hasRoom(_ db: Database, within quota: SessionQuota) throws -> Bool {
        guard let maximum = quota.maximum, let tenant else { return true }
        let others = try Int.fetchOne(
            db.cachedStatement(sql: "SELECT count(*) FROM session WHERE tenant = ? AND createdAt >= ? AND lastUsedAt >= ? AND id <> ?"),
            arguments: [tenant, quota.createdSince, quota.usedSince, id])
        return (others ?? 0) < maximum
    }

    /// The rows that make room first.
    static func longestUnused(_ number: Int, except id: String) -> QueryInterfaceRequest<SessionRow> {
        filter { $0.id != id }.order { $0.lastUsedAt }.limit(number)
    }
}
