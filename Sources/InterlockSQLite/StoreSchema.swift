import GRDB

/// The tables of a file, whichever of its stores are used. Migrations are only ever added, never changed: files out there have run them.
enum StoreSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        SessionSchema.register(in: &migrator)
        migrator.registerMigration("v2: state, idempotency, lease, rate") { db in
            try db.execute(sql: """
                CREATE TABLE counter (name TEXT PRIMARY KEY NOT NULL, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
                CREATE TABLE state (
                    key BLOB PRIMARY KEY NOT NULL, value BLOB NOT NULL, version INTEGER NOT NULL, expiresAt INTEGER
                ) STRICT;
                CREATE INDEX state_by_expiresAt ON state (expiresAt) WHERE expiresAt IS NOT NULL;
                CREATE TABLE idempotency (
                    key BLOB PRIMARY KEY NOT NULL, fingerprint BLOB NOT NULL, token INTEGER NOT NULL, heldUntil INTEGER,
                    result BLOB, expiresAt INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX idempotency_by_expiresAt ON idempotency (expiresAt);
                CREATE TABLE lease (fence INTEGER PRIMARY KEY NOT NULL, key BLOB NOT NULL, id TEXT NOT NULL, expiresAt INTEGER NOT NULL) STRICT;
                CREATE INDEX lease_by_key ON lease (key, expiresAt);
                CREATE INDEX lease_by_expiresAt ON lease (expiresAt);
                CREATE TABLE rate (key BLOB PRIMARY KEY NOT NULL, limits TEXT NOT NULL, used BLOB NOT NULL, expiresAt INTEGER NOT NULL) STRICT;
                CREATE INDEX rate_by_expiresAt ON rate (expiresAt);
                """)
            for name in ["state.version", "idempotency.token", "lease.fence"] { try add(name, to: db) }
            try count("state", bytes: "length(%.key) + length(%.value) + 96", in: db)
            try count("idempotency", bytes: "length(%.key) + length(%.fingerprint) + ifnull(length(%.result), 0) + 128", in: db)
            try count("lease", bytes: "length(%.key) + 96", in: db)
            try count("rate", bytes: "length(%.key) + length(%.limits) + length(%.used) + 96", in: db)
        }
        migrator.registerMigration("v3: stream, event") { db in
            try db.execute(sql: """
                CREATE TABLE stream (
                    id INTEGER PRIMARY KEY NOT NULL, session BLOB NOT NULL, number INTEGER NOT NULL, instance TEXT, fence INTEGER NOT NULL, note BLOB,
                    last INTEGER NOT NULL, hasEnded INTEGER NOT NULL, events INTEGER NOT NULL, bytes INTEGER NOT NULL, expiresAt INTEGER NOT NULL,
                    UNIQUE (session, number)
                ) STRICT;
                CREATE INDEX stream_by_expiresAt ON stream (expiresAt);
                CREATE TABLE event (
                    position INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, stream INTEGER NOT NULL REFERENCES stream (id) ON DELETE CASCADE,
                    sequence INTEGER NOT NULL, data BLOB NOT NULL, isLast INTEGER NOT NULL, UNIQUE (stream, sequence)
                ) STRICT;
                """)
            try count("stream", bytes: "length(%.session) + ifnull(length(%.note), 0) + 192", in: db)
            try count("event", bytes: "length(%.data) + 96", in: db)
            try db.execute(sql: """
                CREATE TRIGGER event_counted AFTER INSERT ON event BEGIN
                    UPDATE stream SET events = events + 1, bytes = bytes + length(NEW.data) + 96 WHERE id = NEW.stream;
                END;
                CREATE TRIGGER event_dropped AFTER DELETE ON event BEGIN
                    UPDATE stream SET events = events - 1, bytes = bytes - length(OLD.data) - 96 WHERE id = OLD.stream;
                END;
                """)
        }
        SessionSchema.registerVersion(in: &migrator)
        SessionSchema.registerTenant(in: &migrator)
        return migrator
    }

    private static func add(_ counter: String, to db: Database) throws {
        try db.execute(sql: "INSERT INTO counter VALUES (?, 0)", arguments: [counter])
    }

    /// Keeps the number of a table's rows and their bytes at hand, so that no bound needs a walk over the table.
    private static func count(_ table: String, bytes: String, in db: Database) throws {
        try add("\(table).entries", to: db)
        try add("\(table).bytes", to: db)
        let (new, old) = (bytes.replacing("%", with: "NEW"), bytes.replacing("%", with: "OLD"))
        let change = { (counter: String, by: String) in "UPDATE counter SET value = value + (\(by)) WHERE name = '\(table).\(counter)';" }
        try db.execute(sql: """
            CREATE TRIGGER \(table)_inserted AFTER INSERT ON \(table) BEGIN \(change("entries", "1")) \(change("bytes", new)) END;
            CREATE TRIGGER \(table)_deleted AFTER DELETE ON \(table) BEGIN \(change("entries", "-1")) \(change("bytes", "-(\(old))")) END;
            CREATE TRIGGER \(table)_updated AFTER UPDATE ON \(table) BEGIN \(change("bytes", "\(new) - (\(old))")) END;
            """)
    }
}
