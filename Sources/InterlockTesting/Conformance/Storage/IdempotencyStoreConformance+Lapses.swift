import InterlockStorage

extension IdempotencyStoreConformance {
    static let lapses: [Check] = [
        Check("a claim that lapses is lost for everybody", rule: "IdempotencyStore: a claim whose holder dies lapses into lost; nobody may run it again until the entry expires.") { subject, expect in
            let instances = try await subject.makeRoomy()
            _ = try await instances.store.begin("one", holdingFor: .brief, expect)
            try await instances.advance(.overBrief)
            for store in [instances.store, try await instances.secondInstance(), instances.store] {
                try expect.same(try await store.ask("one"), .lost, "the answer to a claim after the first has lapsed")
            }
            try expect.same(try await instances.store.ask("one", fingerprint: "other"), .mismatch, "the answer to other arguments")
        },
        Check("a lost claim is forgotten after its time", rule: "IdempotencyStore.claim, keepingFor: how long a lost claim is remembered.") { subject, expect in
            let instances = try await subject.makeRoomy()
            _ = try await instances.store.begin("one", holdingFor: .brief, keepingFor: .brief, expect)
            try await instances.advance(.overBrief + .overBrief)
            _ = try await instances.store.begin("one", fingerprint: "other", expect)
        },
        Check("a claim that has lapsed can be given back", rule: "IdempotencyStore.abandon: also one that has lapsed, which is no longer lost then.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let store = instances.store
            let token = try await store.begin("one", holdingFor: .brief, expect)
            try await instances.advance(.overBrief)
            try expect.same(try await store.abandon("one", token: token &- 1), false, "the answer to who gives back a claim that is not its own")
            try expect.same(try await store.ask("one"), .lost, "the answer to a claim after it")
            try expect.same(try await store.abandon("one", token: token), true, "the answer to who gives it back")
            _ = try await store.begin("one", fingerprint: "other", expect)
        },
        Check("whoever finishes too late changes nothing", rule: "IdempotencyStore.finish: false if the claim is no longer this one's: others have been told that it is lost.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let store = instances.store
            let lapsed = try await store.begin("lapsed", holdingFor: .brief, expect)
            let forgotten = try await store.begin("forgotten", holdingFor: .brief, keepingFor: .brief, expect)
            try await instances.advance(.overBrief + .overBrief)
            try expect.same(try await store.finish("lapsed", token: lapsed, result: [1], keepingFor: .long), false, "the answer to a finish after the claim has lapsed")
            try expect.same(try await store.ask("lapsed"), .lost, "the answer to a claim after it")
            let second = try await store.begin("forgotten", expect)
            try expect.same(try await store.finish("forgotten", token: forgotten, result: [1], keepingFor: .long), false, "the answer to a finish after another has claimed")
            try expect.same(try await store.ask("forgotten"), .running, "the answer to a claim after it")
            try expect.same(try await store.finish("forgotten", token: second, result: [2], keepingFor: .long), true, "the answer to the finish of who holds it")
        },
    ]

    static let bounds: [Check] = [
        Check("a full store refuses claims and forgets nothing", rule: "StoreError.Code.full: an entry that made room for another could let a call take effect twice.") { subject, expect in
            try expect.needBound(subject)
            let store = try await subject.make(4).store
            var tokens: [UInt64] = []
            for number in 0..<4 { tokens.append(try await store.begin("k\(number)", expect)) }
            _ = try await store.finish("k0", token: tokens[0], result: [1], keepingFor: .long)
            for _ in 0..<3 { try await expect.refusal(.full, of: "a claim too many") { try await store.ask("new") } }
            try expect.same(try await store.ask("k0"), .finished([1]), "the answer to a claim of what is finished")
            for number in 1..<4 { try expect.same(try await store.ask("k\(number)"), .running, "the answer to a claim of k\(number)") }
            try await store.abandon("k3", token: tokens[3])
            _ = try await store.begin("new", expect)
        },
        Check("what has expired makes room", rule: "IdempotencyStore: entries are forgotten when their time is over.") { subject, expect in
            try expect.needBound(subject)
            let instances = try await subject.make(2)
            let token = try await instances.store.begin("finished", expect)
            _ = try await instances.store.finish("finished", token: token, result: [1], keepingFor: .brief)
            _ = try await instances.store.begin("lost", holdingFor: .brief, keepingFor: .brief, expect)
            try await instances.advance(.overBrief + .overBrief)
            for number in 0..<2 { _ = try await instances.store.begin("new\(number)", expect) }
        },
    ]
}
