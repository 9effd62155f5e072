import InterlockStorage

extension SessionStoreConformance {
    static let identity: [Check] = [
        Check(
            "an id finds its own record only, byte for byte",
            rule: "The id is the client's proof (spec, Transports › Session Management): nothing that only resembles it may resolve, be touched or be removed."
        ) { subject, expect in
            let store = try await subject.makeRoomy()
            let record = SessionRecord.bare("Key-1;K`", principal: "alice", lastUsedAt: 10)
            try await store.save(record)
            for other in record.id.lookalikes {
                try expect.same(try await store.load(other), nil, "the record under the id \(other.debugDescription)")
                try await store.touch(other, at: 99)
                try await store.remove(other)
            }
            try expect.same(try await store.load(record.id), record, "the record after others were touched and removed")
        },
        Check(
            "a record belongs to whom it was saved for",
            rule: "SessionRecord.principal: a request by anybody else must not find it, so the store must neither lose nor change the owner."
        ) { subject, expect in
            let store = try await subject.makeRoomy()
            let owners: [String?] = [nil, "", "alice", "Alice", "alice ", "issuer|alice", "al\u{0131}ce"]
            for (index, owner) in owners.enumerated() { try await store.save(.bare("s\(index)", principal: owner)) }
            for (index, owner) in owners.enumerated() {
                let found = try await store.load("s\(index)")
                try expect.same(found?.principal.map { Array($0.utf8) }, owner.map { Array($0.utf8) }, "the owner of s\(index)")
            }
        },
    ]
}
