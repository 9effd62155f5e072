import InterlockStorage

extension StateStoreConformance {
    static let values: [Check] = [
        Check("an unknown key has no value", rule: "StateStore.load: the values under `keys`, in the order asked for; `nil` where there is none.") { subject, expect in
            let store = try await subject.makeRoomy().store
            try expect.same(try await store.load([]), [], "what is loaded for no keys")
            try expect.same(try await store.load(["nobody"]), [nil], "what an empty store loads")
            try expect.same(try await store.commit([]), true, "the answer to a commit of nothing")
        },
        Check("every byte of a value comes back, also none and a million", rule: "StoredState.value: the bytes that were committed.") { subject, expect in
            let store = try await subject.makeRoomy().store
            let values: [[UInt8]] = [[], Array(0...255), [0], [UInt8](repeating: 0xA5, count: 1 << 20)]
            for (number, value) in values.enumerated() { try await store.put(value, under: "v\(number)", expect) }
            for (number, value) in values.enumerated() {
                try expect.same(try await store.load(["v\(number)"])[0]?.value, value, "the value under v\(number)")
            }
        },
        Check("values come back in the order asked for", rule: "StateStore.load: the values under `keys`, in the order asked for; `nil` where there is none.") { subject, expect in
            let store = try await subject.makeRoomy().store
            for name in ["a", "b", "c"] { try await store.put(Array(name.utf8), under: "{t}:\(name)", expect) }
            let found = try await store.load(["{t}:c", "{t}:none", "{t}:a", "{t}:c", "{t}:b"])
            try expect.same(found.map { $0.map { String(decoding: $0.value, as: UTF8.self) } }, ["c", nil, "a", "c", "b"], "the values")
        },
        Check("keys are compared byte for byte", rule: "StateStore: keys are compared byte for byte; what only reads the same is another key.") { subject, expect in
            let store = try await subject.makeRoomy().store
            let key = "Key-1;K`"
            try await store.put([1], under: key, expect)
            for other in key.lookalikes where !other.isEmpty {
                try expect.same(try await store.load([other]), [nil], "what is under \(other.debugDescription)")
                try expect.same(try await store.commit([StateChange(other, expecting: .anything, value: nil)]), true, "the answer to the removal of \(other.debugDescription)")
            }
            try expect.same(try await store.load([key])[0]?.value, [1], "the value after others were removed")
            for text in ["caf\u{E9}", "cafe\u{301}"] { try await store.put(Array(text.utf8), under: text, expect) }
            for text in ["caf\u{E9}", "cafe\u{301}"] {
                try expect.same(try await store.load([text])[0]?.value, Array(text.utf8), "the value under one of two spellings")
            }
        },
    ]
}

extension StateStore {
    /// Sets a value, whatever there was.
    func put(_ value: [UInt8], under key: String, expiresAfter: Duration? = nil, _ expect: Expectation) async throws {
        let isMade = try await commit([StateChange(key, expecting: .anything, value: value, expiresAfter: expiresAfter)])
        try expect.same(isMade, true, "the answer to a commit that expects nothing")
    }

    /// The value as it stands, or a failure where there is none.
    func need(_ key: String, _ expect: Expectation) async throws -> StoredState {
        let found = try await load([key])
        try expect.same(found.count, 1, "the number of values loaded")
        return try expect.some(found[0], "a value under \(key)")
    }
}
