import GRDB

/// Texts in a full-text index (SQLite FTS5), found by words and by id.
///
/// The index is private to this process and can be made again from the texts, so it trades durability for speed. All
/// work is done on SQLite's own threads: one writes, a few read beside it.
final class DocumentIndex: Sendable {
    private let folder: PrivateFolder
    private let database: DatabasePool

    /// Makes an empty index in a folder of its own.
    init() throws {
        folder = try PrivateFolder(purpose: "documents")
        var configuration = Configuration()
        configuration.label = "interlock.documents"
        configuration.maximumReaderCount = 2
        configuration.prepareDatabase { db in try db.execute(sql: "PRAGMA synchronous = OFF") }
        database = try DatabasePool(path: folder.path + "/index.sqlite", configuration: configuration)
        try database.write { db in
            try db.execute(sql: """
                CREATE TABLE document (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT;
                CREATE VIRTUAL TABLE content USING fts5(title, text, tokenize = "porter unicode61 remove_diacritics 2");
                """)
        }
    }

    /// Adds documents, or replaces those whose ids are there already, in one step.
    func put(_ documents: [Document]) async throws {
        try await database.write { db in
            for document in documents {
                try Self.remove(document.id, db)
                try db.execute(sql: "INSERT INTO document (id) VALUES (?)", arguments: [document.id])
                try db.execute(
                    sql: "INSERT INTO content (rowid, title, text) VALUES (?, ?, ?)",
                    arguments: [db.lastInsertedRowID, document.title, document.text])
            }
        }
    }

    /// Removes documents in one step; unknown ids are ignored.
    func remove(_ ids: [String]) async throws {
        try await database.write { db in
            for id in ids { try Self.remove(id, db) }
        }
    }

    /// The best hits first: documents with all words, or if there are none, documents with any of them.
    func search(_ query: SearchQuery, limit: Int) async throws -> [SearchHit] {
        try await database.read { db in
            let hits = try Self.hits(query.all, limit, db)
            return hits.isEmpty && query.words.count > 1 ? try Self.hits(query.any, limit, db) : hits
        }
    }

    /// The document with this id; `nil` if there is none.
    func document(_ id: String) async throws -> Document? {
        // SQLite would read the id up to a zero byte and find another document.
        guard !id.utf8.contains(0) else { return nil }
        return try await database.read { db in
            try Row.fetchOne(
                db, sql: "SELECT content.title, content.text FROM document JOIN content ON content.rowid = document.number WHERE document.id = ?",
                arguments: [id]
            ).map { Document(id: id, title: $0["title"], text: $0["text"]) }
        }
    }

    /// Ids that begin with a prefix, in their order, at most `limit`.
    func ids(from prefix: String, limit: Int) async throws -> [String] {
        guard !prefix.utf8.contains(0) else { return [] }
        return try await database.read { db in
            try String.fetchAll(
                db, sql: "SELECT id FROM document WHERE substr(id, 1, length(?1)) = ?1 ORDER BY id LIMIT ?2", arguments: [prefix, limit])
        }
    }

    func count() async throws -> Int {
        try await database.read { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM document") ?? 0 }
    }

    /// Removes the index's files; what is asked of it afterwards throws.
    func close() {
        try? database.close() // a connection that will not close loses its files all the same
        folder.remove()
    }

    private static func remove(_ id: String, _ db: Database) throws {
        guard let number = try Int64.fetchOne(db, sql: "DELETE FROM document WHERE id = ? RETURNING number", arguments: [id]) else { return }
        try db.execute(sql: "DELETE FROM content WHERE rowid = ?", arguments: [number])
    }

    private static func hits(_ expression: String, _ limit: Int, _ db: Database) throws -> [SearchHit] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT document.id, content.title, snippet(content, 1, '**', '**', ' … ', 24) AS snippet, -bm25(content, 5.0, 1.0) AS score
                FROM content JOIN document ON document.number = content.rowid
                WHERE content MATCH ? ORDER BY score DESC, document.id LIMIT ?
                """,
            arguments: [expression, limit]
        ).map { SearchHit(id: $0["id"], title: $0["title"], snippet: $0["snippet"], score: $0["score"]) }.scaledToBest()
    }
}
