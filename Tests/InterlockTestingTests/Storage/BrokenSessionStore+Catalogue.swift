import InterlockStorage
import Synchronization

extension BrokenSessionStore {
    static let all: [BrokenSessionStore] = [
        BrokenSessionStore("makes a record when an unknown id is touched", foundBy: "an unknown id", .init(touchMakes: true)),
        BrokenSessionStore("takes no owner for an empty one", foundBy: "every member of a record", .init(save: { table, record in
            var record = record
            if record.principal == "" { record.principal = nil }
            table[record.id] = record
        })),
        BrokenSessionStore("forgets the log level", foundBy: "every member of a record", .init(save: { table, record in
            table[record.id] = record
            table[record.id]?.logLevel = nil
        })),
        BrokenSessionStore("keeps the old members of a replaced record", foundBy: "saving again", .init(save: { table, record in
            if table[record.id] == nil { table[record.id] = record } else { table[record.id]?.isInitialized = record.isInitialized }
        })),
        BrokenSessionStore("lets a late touch move the last use back", foundBy: "touching moves", .init(touch: { $0.lastUsedAt = $1 })),
        BrokenSessionStore("resolves ids whatever their case", foundBy: "an id finds its own record", .init(key: { table, id in
            table.keys.first { $0.lowercased() == id.lowercased() }
        })),
        BrokenSessionStore("resolves ids by their beginning", foundBy: "an id finds its own record", .init(key: { table, id in
            table.keys.first { $0.hasPrefix(id) || id.hasPrefix($0) }
        })),
        BrokenSessionStore("resolves canonically equivalent ids", foundBy: "an id finds its own record", .init(key: { table, id in
            table[id] == nil ? nil : id
        })),
        BrokenSessionStore("forgets who a session belongs to", foundBy: "a record belongs to whom", .init(save: { table, record in
            table[record.id] = record
            table[record.id]?.principal = record.principal?.lowercased()
        })),
        BrokenSessionStore("keeps what was removed", foundBy: "a removed session is gone", .init(keepsRemoved: true)),
        BrokenSessionStore("forgets a session on the very edge", foundBy: "expiry forgets", .init(expires: { $0.createdAt <= $1 || $0.lastUsedAt <= $2 })),
        BrokenSessionStore("forgets only what is old and unused", foundBy: "expiry forgets", .init(expires: { $0.createdAt < $1 && $0.lastUsedAt < $2 })),
        BrokenSessionStore("has no bound", foundBy: "the bound holds", .init(isUnbounded: true)),
        BrokenSessionStore("drops the session that was just made", foundBy: "the longest unused makes room", .init(
            save: { $0[$1.id] = $1 }, victim: { table, new in (Array(table.values) + [new]).min { $0.lastUsedAt < $1.lastUsedAt }?.id })),
        BrokenSessionStore("drops the first made instead of the longest unused", foundBy: "the longest unused makes room", .init(victim: { table, new in
            table.keys.filter { $0 != new.id }.min()
        })),
        BrokenSessionStore("makes room for a replacement", foundBy: "replacing a record", .init(countsReplacement: true)),
        BrokenSessionStore("gives all tenants one quota", foundBy: "a tenant gets as many", .init(hasRoom: { table, record, quota, _ in
            table.values.count { $0.id != record.id && $0.tenant != nil } < quota.maximum ?? .max
        })),
        BrokenSessionStore("takes tenants that read the same for one", foundBy: "a tenant gets as many", .init(hasRoom: { table, record, quota, _ in
            table.values.count { $0.id != record.id && $0.tenant == record.tenant } < quota.maximum ?? .max
        })),
        BrokenSessionStore("makes the session that it refuses", foundBy: "a tenant gets as many", .init(makesRefused: true)),
        BrokenSessionStore("never gives a place back", foundBy: "a session counts once", .init(hasRoom: { _, _, quota, made in made < quota.maximum ?? .max })),
        BrokenSessionStore("counts sessions that have lapsed", foundBy: "sessions that are too old", .init(hasRoom: { table, record, quota, _ in
            table.values.count { $0.id != record.id && $0.tenant == record.tenant } < quota.maximum ?? .max
        })),
        BrokenSessionStore("counts first and makes then", foundBy: "of 60 sessions", .init(countsThenMakes: true)),
        BrokenSessionStore("loses every 50th save", foundBy: "200 tasks at once", .losingSaves(every: 50)),
        BrokenSessionStore("mixes the members of two saves", foundBy: "of records that are saved at once", .init(save: { table, record in
            let principal = table[record.id]?.principal
            table[record.id] = record
            if let principal { table[record.id]?.principal = principal }
        })),
        BrokenSessionStore("replaces whatever is there", foundBy: "of 20 replacements", .init(replaces: { current, _ in current != nil })),
        BrokenSessionStore("makes a removed session again", foundBy: "of 20 replacements", .init(replaces: { $0 == nil || $0?.version == $1 })),
        BrokenSessionStore("forgets at a restart", foundBy: "sessions survive a restart", .init(forgetsAtRestart: true)),
    ]
}

extension BrokenSessionStore.FaultySessions {
    static func losingSaves(every interval: Int) -> Self {
        let count = Atomic(0)
        return Self(save: { table, record in
            if count.add(1, ordering: .relaxed).newValue % interval != 0 { table[record.id] = record }
        })
    }
}
