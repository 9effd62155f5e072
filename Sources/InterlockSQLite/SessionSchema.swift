import GRDB

/// The table of the session store.
enum SessionSchema {
    static func register(in migrator: inout DatabaseMigrator) {
        migrator.registerMigration("v1: session") { db in
            try db.create(table: "session", options: [.strict]) { table in
                table.primaryKey("id", .text)
                table.column("revision", .text).notNull()
                table.column("principal", .text)
                table.column("clientInfo", .text)
                table.column("clientCapabilities", .text).notNull()
                table.column("logLevel", .text)
                table.column("subscriptions", .text).notNull()
                table.column("isInitialized", .integer).notNull()
                table.column("createdAt", .integer).notNull()
                table.column("lastUsedAt", .integer).notNull()
            }
            try db.create(index: "session_by_lastUsedAt", on: "session", columns: ["lastUsedAt"])
            try db.create(index: "session_by_createdAt", on: "session", columns: ["createdAt"])
        }
    }

    /// Since several processes may change a session that they share.
    static func registerVersion(in migrator: inout DatabaseMigrator) {
        migrator.registerMigration("v4: session.version") { db in
            try db.alter(table: "session") { $0.add(column: "version", .integer).notNull().defaults(to: 0) }
        }
    }

    /// Since the sessions of a tenant are counted over all processes.
    static func registerTenant(in migrator: inout DatabaseMigrator) {
        migrator.registerMigration("v5: session.tenant") { db in
            try db.alter(table: "session") { $0.add(column: "tenant", .blob) }
            try db.execute(sql: "CREATE INDEX session_by_tenant ON session (tenant, lastUsedAt, createdAt) WHERE tenant IS NOT NULL")
        }
    }
}
