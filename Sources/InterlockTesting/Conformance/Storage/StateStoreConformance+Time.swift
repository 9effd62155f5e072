import InterlockStorage

extension StateStoreConformance {
    static let time: [Check] = [
        Check("a value is gone after its time, and only after it", rule: "StateChange.expiresAfter: how long the value is kept; `nil` for good.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let store = instances.store
            try await store.put([1], under: "brief", expiresAfter: .brief, expect)
            let brief = try await store.load(["brief"])[0]
            try await store.put([2], under: "long", expiresAfter: .long, expect)
            try await store.put([3], under: "good", expect)
            try await instances.advance(.overBrief)
            try expect.same(try await store.load(["brief", "long", "good"]).map { $0?.value }, [nil, [2], [3]], "the values after the time of the first")
            if let brief {
                let late = StateChange("brief", expecting: .version(brief.version), value: [9])
                try expect.same(try await store.commit([late]), false, "the answer to a commit over a value that is gone")
            }
            try expect.same(try await store.commit([StateChange("brief", expecting: .absent, value: [4])]), true, "the answer to a creation in its place")
        },
        Check("a new value has a time of its own", rule: "StateChange.expiresAfter: how long the value is kept, counted from the commit; `nil` for good.") { subject, expect in
            let instances = try await subject.makeRoomy()
            let store = instances.store
            for name in ["good", "longer"] { try await store.put([1], under: name, expiresAfter: .brief, expect) }
            try await store.put([2], under: "good", expect)
            try await store.put([2], under: "longer", expiresAfter: .long, expect)
            try await instances.advance(.overBrief)
            try expect.same(try await store.load(["good", "longer"]).map { $0?.value }, [[2], [2]], "the values that replaced some of a shorter time")
        },
    ]

    static let bounds: [Check] = [
        Check("a full store refuses what needs more room, and loses nothing", rule: "StoreError.Code.full: the store has no room left. A live value never makes room for another.") { subject, expect in
            try expect.needBound(subject)
            let store = try await subject.make(8).store
            for number in 0..<8 { try await store.put([UInt8(number)], under: "{t}:\(number)", expect) }
            let ninth = StateChange("{t}:8", expecting: .anything, value: [8])
            try await expect.refusal(.full, of: "a value too many") { try await store.commit([ninth]) }
            try await expect.refusal(.full, of: "a commit with a value too many") {
                try await store.commit([StateChange("{t}:0", expecting: .anything, value: [99]), ninth])
            }
            let found = try await store.load((0...8).map { "{t}:\($0)" }).map { $0?.value }
            try expect.same(found, (0..<8).map { [UInt8($0)] } + [nil], "the values of the full store")
            try await store.put([77], under: "{t}:3", expect)
            let swap = [StateChange("{t}:3", expecting: .anything, value: nil), ninth]
            try expect.same(try await store.commit(swap), true, "the answer to a commit that makes the room it needs")
        },
        Check("what has expired makes room", rule: "StateChange.expiresAfter: an expired value is no longer there.") { subject, expect in
            try expect.needBound(subject)
            let instances = try await subject.make(4)
            for number in 0..<4 { try await instances.store.put([1], under: "\(number)", expiresAfter: .brief, expect) }
            try await instances.advance(.overBrief)
            for number in 4..<8 { try await instances.store.put([1], under: "\(number)", expect) }
        },
    ]
}
