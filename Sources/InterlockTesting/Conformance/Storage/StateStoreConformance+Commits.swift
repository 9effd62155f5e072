import InterlockStorage

extension StateStoreConformance {
    static let commits: [Check] = [
        Check("a commit of several keys makes all its changes or none", rule: "StateStore.commit: makes all the changes, or none.") { subject, expect in
            let store = try await subject.makeRoomy().store
            try await store.put([1], under: "{t}:a", expect)
            let a = try await store.need("{t}:a", expect)
            let refused = [
                StateChange("{t}:b", expecting: .absent, value: [2]), StateChange("{t}:a", expecting: .version(a.version), value: [2]),
                StateChange("{t}:c", expecting: .version(a.version), value: [2]),
            ]
            try expect.same(try await store.commit(refused), false, "the answer to a commit of which one expectation is not met")
            try expect.same(try await store.load(["{t}:a", "{t}:b", "{t}:c"]), [a, nil, nil], "the values after it")
            let made = [StateChange("{t}:a", expecting: .version(a.version), value: nil), StateChange("{t}:b", expecting: .absent, value: [3])]
            try expect.same(try await store.commit(made), true, "the answer to a commit whose expectations are met")
            try expect.same(try await store.load(["{t}:a", "{t}:b"]).map { $0?.value }, [nil, [3]], "the values after it")
        },
        Check("a commit whose keys share no tag is refused", rule: "StateStore: keys of one commit share the text between their first braces; an implementation refuses a commit whose keys do not.") { subject, expect in
            let store = try await subject.makeRoomy().store
            let pairs = [["a", "b"], ["{t}:a", "b"], ["{t}:a", "{u}:a"], ["{}:a", "{}:b"], ["{t}:a", "{T}:b"], ["{t:a", "{t:b"], ["x{t}{u}", "x{u}{t}"]]
            for pair in pairs {
                try await expect.refusal(.refused, of: "a commit of \(pair)") {
                    try await store.commit(pair.map { StateChange($0, expecting: .anything, value: [1]) })
                }
                try expect.same(try await store.load([pair[0]]), [nil], "what is under \(pair[0]) after a commit that was refused")
            }
            let shared = ["{t}:a", "x{t}y", "{t}{u}"].map { StateChange($0, expecting: .absent, value: [1]) }
            try expect.same(try await store.commit(shared), true, "the answer to a commit whose keys share their tag")
        },
        Check("a commit that changes a key twice is refused", rule: "StateStore.commit: names every key once; which of two changes were to hold is not defined.") { subject, expect in
            let store = try await subject.makeRoomy().store
            let change = StateChange("{t}:a", expecting: .anything, value: [1])
            try await expect.refusal(.refused, of: "a commit that names {t}:a twice") { try await store.commit([change, change]) }
            try expect.same(try await store.load(["{t}:a"]), [nil], "what is stored")
        },
    ]
}
