import InterlockStorage
import Synchronization

extension IdempotencyStoreConformance {
    static let claims: [Check] = [
        Check("the first claim runs, and others see it running", rule: "IdempotencyStore.claim: claims the key for one run, or says what became of the earlier one.") { subject, expect in
            let instances = try await subject.makeRoomy()
            _ = try await instances.store.begin("one", expect)
            for store in [instances.store, try await instances.secondInstance()] {
                try expect.same(try await store.ask("one"), .running, "the answer to a second claim")
            }
            _ = try await instances.store.begin("other", expect)
        },
        Check("one of 50 claims at once wins", rule: "IdempotencyStore: a call takes effect once; of claims of one key one is granted.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let (first, second) = (instances.store, try await instances.secondInstance())
            let answers = try await withThrowingTaskGroup { group in
                for number in 0..<50 {
                    let store = number.isMultiple(of: 2) ? first : second
                    group.addTask { try await store.ask("one") }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            try expect.same(answers.count { $0 == .claimed }, 1, "the number of claims that were granted")
            try expect.same(answers.count { $0 == .running }, 49, "the number of claims that saw it running")
        },
        Check("a claim is granted again to its own token", rule: "IdempotencyStore.claim, token: a claim that stands is granted to its own token once more, for as long as at first.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let store = instances.store
            let token = try await store.begin("one", expect)
            for store in [store, try await instances.secondInstance()] {
                try expect.same(try await store.ask("one", token: token), .claimed, "the answer to the same claim again")
                try expect.same(try await store.ask("one"), .running, "the answer to another claim")
            }
            try expect.same(try await store.ask("one", token: token, fingerprint: "other"), .mismatch, "the answer to the same token with other arguments")
            _ = try await store.finish("one", token: token, result: [1], keepingFor: .long)
            try expect.same(try await store.ask("one", token: token), .finished([1]), "the answer to the same claim when it is finished")
            let brief = try await store.begin("brief", holdingFor: .brief, expect)
            _ = try await store.ask("brief", token: brief, holdingFor: .long)
            try await instances.advance(.overBrief)
            try expect.same(try await store.ask("brief", token: brief), .lost, "the answer when it has lapsed: asking again held it no longer")
        },
        Check("the same key with other arguments is a mismatch", rule: "IdempotencyStore.claim: another fingerprint under the same key is a mismatch.") { subject, expect in
            let store = try await subject.makeRoomy().store
            let token = try await store.begin("one", fingerprint: "Key-1;K`", expect)
            let others = "Key-1;K`".lookalikes
            for other in others { try expect.same(try await store.ask("one", fingerprint: other), .mismatch, "the answer to \(other.debugDescription) while it runs") }
            _ = try await store.finish("one", token: token, result: [1], keepingFor: .long)
            for other in others { try expect.same(try await store.ask("one", fingerprint: other), .mismatch, "the answer to \(other.debugDescription) when it is finished") }
            try expect.same(try await store.ask("one", fingerprint: "Key-1;K`"), .finished([1]), "the answer to the same arguments")
        },
        Check("keys are compared byte for byte", rule: "IdempotencyStore: keys are compared byte for byte; the result of a call must never answer another caller's.") { subject, expect in
            let store = try await subject.makeRoomy().store
            let key = "Key-1;K`"
            let token = try await store.begin(key, expect)
            for other in key.lookalikes where !other.isEmpty { _ = try await store.begin(other, expect) }
            for other in key.lookalikes where !other.isEmpty {
                try expect.same(try await store.finish(other, token: token, result: [9], keepingFor: .long), false, "the answer to a finish under \(other.debugDescription)")
            }
            try expect.same(try await store.ask(key), .running, "the answer to a claim of the key")
        },
    ]
}

extension IdempotencyStore {
    func ask(
        _ key: String, token: UInt64 = ClaimToken.next(), fingerprint: String = "f", holdingFor: Duration = .long, keepingFor: Duration = .long
    ) async throws -> IdempotencyClaim {
        try await claim(key, token: token, fingerprint: fingerprint, holdingFor: holdingFor, keepingFor: keepingFor)
    }

    /// The token of a claim that must be granted.
    func begin(
        _ key: String, fingerprint: String = "f", holdingFor: Duration = .long, keepingFor: Duration = .long, _ expect: Expectation
    ) async throws -> UInt64 {
        let token = ClaimToken.next()
        let answer = try await ask(key, token: token, fingerprint: fingerprint, holdingFor: holdingFor, keepingFor: keepingFor)
        guard answer == .claimed else { throw expect.failure("the claim of \(key.debugDescription) to be granted", found: "\(answer)") }
        return token
    }
}

/// Tokens that no two claims share, the greatest there is first.
enum ClaimToken {
    private static let drawn = Atomic<UInt64>(0)

    static func next() -> UInt64 { UInt64.max - drawn.wrappingAdd(1, ordering: .relaxed).oldValue }
}
