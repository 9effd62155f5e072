import InterlockJSON
import InterlockStorage

extension SessionStoreConformance {
    static let records: [Check] = [
        Check("an unknown id is no record, and no error", rule: "SessionStore.load: the record with this id, or `nil`.") { subject, expect in
            let store = try await subject.makeRoomy()
            try expect.same(try await store.load("nobody"), nil, "what an empty store loads")
            try expect.same(try await store.count(), 0, "the count of an empty store")
            try await store.touch("nobody", at: 5)
            try expect.same(try await store.load("nobody"), nil, "what is loaded after an unknown id was touched")
            try await store.remove("nobody")
            try expect.same(try await store.count(), 0, "the count after an unknown id was touched and removed")
        },
        Check("every member of a record comes back as it was", rule: "SessionRecord: members keep their exact text, and what is absent stays absent.") { subject, expect in
            let store = try await subject.makeRoomy()
            let records = [
                SessionRecord.bare("bare"),
                SessionRecord(
                    id: "!full~", revision: "2025-11-25", principal: "issuer|ünï'; DROP TABLE session; --", tenant: "café\u{0}'",
                    clientInfo: try RawJSON(parsing: #"{ "name" : "c\u00e9" ,"n":12345678901234567890,"x":1.0e+2}"#),
                    clientCapabilities: try RawJSON(parsing: #"{"roots":{"listChanged":true},"a":[ ]}"#), logLevel: "warning",
                    subscriptions: ["docs:///a b", "docs:///\"quoted\"\n\u{1F600}", ""], isInitialized: true, createdAt: 1,
                    lastUsedAt: 9_007_199_254_740_993),
                SessionRecord(
                    id: "nobody-is-not-empty", revision: "2025-06-18", principal: "", tenant: "", clientInfo: .emptyObject, clientCapabilities: .emptyObject,
                    logLevel: "", createdAt: 0, lastUsedAt: 0),
            ]
            for record in records { try await store.save(record) }
            for record in records { try expect.same(try await store.load(record.id), record, "the record \(record.id)") }
            try expect.same(try await store.count(), records.count, "the count")
        },
        Check("saving again replaces the whole record", rule: "SessionStore.save: makes or replaces the record with this id.") { subject, expect in
            let store = try await subject.makeRoomy()
            var record = SessionRecord.bare("one", lastUsedAt: 9)
            record.subscriptions = ["docs:///x"]
            record.logLevel = "error"
            try await store.save(record)
            record.subscriptions = []
            record.logLevel = nil
            record.isInitialized = true
            record.lastUsedAt = 3
            try await store.save(record)
            try expect.same(try await store.load("one"), record, "the record")
            try expect.same(try await store.count(), 1, "the count")
        },
        Check(
            "touching moves the last use forward, never back, and changes nothing else",
            rule: "SessionStore.touch: notes the last use; the latest of several wins, whatever order they come in."
        ) { subject, expect in
            let store = try await subject.makeRoomy()
            var record = SessionRecord.bare("one", principal: "alice", lastUsedAt: 10)
            try await store.save(record)
            try await store.save(.bare("two", lastUsedAt: 10))
            try await store.touch("one", at: 20)
            try await store.touch("one", at: 15)
            record.lastUsedAt = 20
            try expect.same(try await store.load("one"), record, "the record")
            try expect.same(try await store.load("two"), .bare("two", lastUsedAt: 10), "the record that was not touched")
        },
    ]
}

extension SessionRecord {
    /// A record with nothing that need not be there.
    static func bare(_ id: String, principal: String? = nil, tenant: String? = nil, createdAt: Int64 = 1, lastUsedAt: Int64 = 1) -> SessionRecord {
        SessionRecord(
            id: id, revision: "2025-06-18", principal: principal, tenant: tenant, clientInfo: nil, clientCapabilities: .emptyObject, createdAt: createdAt,
            lastUsedAt: lastUsedAt)
    }
}
