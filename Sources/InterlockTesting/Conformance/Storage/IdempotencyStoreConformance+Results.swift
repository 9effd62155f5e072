import InterlockStorage

extension IdempotencyStoreConformance {
    static let results: [Check] = [
        Check("a finished call gives its bytes to every later claim", rule: "IdempotencyClaim.finished: the result of the first run.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let second = try await instances.secondInstance()
            for (number, result) in [[], Array(0...255), [UInt8](repeating: 0xA5, count: 1 << 20)].enumerated() {
                let token = try await instances.store.begin("k\(number)", expect)
                try expect.same(try await instances.store.finish("k\(number)", token: token, result: result, keepingFor: .long), true, "the answer to the finish")
                for store in [instances.store, second, second] { try expect.same(try await store.ask("k\(number)"), .finished(result), "the answer to a later claim") }
            }
        },
        Check("a result stands: a second finish changes nothing", rule: "IdempotencyStore.finish: false if the claim is no longer this one's; a retry gets the first answer.") { subject, expect in
            let store = try await subject.makeRoomy().store
            let token = try await store.begin("one", expect)
            _ = try await store.finish("one", token: token, result: [1], keepingFor: .long)
            try expect.same(try await store.finish("one", token: token, result: [2], keepingFor: .long), false, "the answer to the second finish")
            try expect.same(try await store.abandon("one", token: token), false, "the answer to who gives it back")
            try expect.same(try await store.ask("one"), .finished([1]), "the answer to a claim")
        },
        Check("a claim that is given back can be made anew", rule: "IdempotencyStore.abandon: gives a claim back as if it had never been made.") { subject, expect in
            let store = try await subject.makeRoomy().store
            let first = try await store.begin("one", expect)
            try expect.same(try await store.abandon("one", token: first), true, "the answer to who gives it back")
            try expect.same(try await store.abandon("one", token: first), false, "the answer to who gives it back twice")
            let second = try await store.begin("one", fingerprint: "other", expect)
            try expect.same(try await store.abandon("one", token: first), false, "the answer to who gives back what is another's")
            try expect.same(try await store.ask("one", fingerprint: "other"), .running, "the answer after the first was given back again")
            try expect.same(try await store.finish("one", token: first, result: [1], keepingFor: .long), false, "the answer to a finish by the first")
            try expect.same(try await store.finish("one", token: second, result: [2], keepingFor: .long), true, "the answer to a finish by the second")
        },
        Check("a result is kept for its time and no longer", rule: "IdempotencyStore.finish, keepingFor: how long the result is kept, counted from the finish.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let store = instances.store
            for (key, time) in [("brief", Duration.brief), ("long", .long)] {
                let token = try await store.begin(key, keepingFor: key == "brief" ? .long : .zero, expect)
                _ = try await store.finish(key, token: token, result: [1], keepingFor: time)
            }
            try await instances.advance(.overBrief)
            try expect.same(try await store.ask("long"), .finished([1]), "the answer to a claim within the time")
            _ = try await store.begin("brief", fingerprint: "other", expect)
        },
    ]
}
