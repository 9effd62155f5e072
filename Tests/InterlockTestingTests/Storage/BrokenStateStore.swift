import InterlockConcurrency
import InterlockStorage
import Synchronization

/// A sound state store behind a load and a commit that may be broken.
final class BrokenStateStore: StateStore {
    typealias Load = @Sendable (any StateStore, [String]) async throws(StoreError) -> [StoredState?]
    typealias Commit = @Sendable (any StateStore, [StateChange]) async throws(StoreError) -> Bool
    private let base: any StateStore
    private let loading: Load
    private let committing: Commit

    init(
        _ base: any StateStore, load: @escaping Load = { (base, keys) async throws(StoreError) in try await base.load(keys) },
        commit: @escaping Commit = { (base, changes) async throws(StoreError) in try await base.commit(changes) }
    ) {
        (self.base, loading, committing) = (base, load, commit)
    }

    func load(_ keys: [String]) async throws(StoreError) -> [StoredState?] { try await loading(base, keys) }
    func commit(_ changes: [StateChange]) async throws(StoreError) -> Bool { try await committing(base, changes) }

    private static func sound(_ capacity: Int, _ clock: any SchedulingClock) -> any StateStore { InMemoryStateStore(maximumEntries: capacity, clock: clock) }

    private static func changing(_ name: String, foundBy checks: String, _ change: @escaping @Sendable (inout StateChange) -> Void) -> Broken<any StateStore> {
        Broken(name, foundBy: checks) { capacity, clock in
            BrokenStateStore(sound(capacity, clock), commit: { (base, changes) async throws(StoreError) in
                var changes = changes
                for index in changes.indices { change(&changes[index]) }
                return try await base.commit(changes)
            })
        }
    }

    private static func oneByOne(_ base: any StateStore, _ changes: [StateChange]) async throws(StoreError) -> Bool {
        for change in changes { if try await !base.commit([change]) { return false } }
        return true
    }

    static let all: [Broken<any StateStore>] = [
        Broken("finds something where nothing was asked", foundBy: "an unknown key") { capacity, clock in
            BrokenStateStore(sound(capacity, clock), load: { (base, keys) async throws(StoreError) in keys.isEmpty ? [nil] : try await base.load(keys) })
        },
        changing("takes an empty value for none", foundBy: "every byte of a value") { if $0.value == [] { $0.value = nil } },
        Broken("answers for a key once", foundBy: "values come back in the order") { capacity, clock in
            BrokenStateStore(sound(capacity, clock), load: { (base, keys) async throws(StoreError) in
                let found = try await base.load(keys)
                return keys.indices.map { keys[..<$0].contains(keys[$0]) ? nil : found[$0] }
            })
        },
        Broken("folds its keys", foundBy: "keys are compared") { capacity, clock in
            BrokenStateStore(
                sound(capacity, clock), load: { (base, keys) async throws(StoreError) in try await base.load(keys.map(\.folded)) },
                commit: { (base, changes) async throws(StoreError) in
                    try await base.commit(changes.map { StateChange($0.key.folded, expecting: $0.expecting, value: $0.value, expiresAfter: $0.expiresAfter) })
                })
        },
        changing("overwrites what should be absent", foundBy: "only an absent key") { if $0.expecting == .absent { $0.expecting = .anything } },
        changing("removes whatever the version", foundBy: "a version that has passed") { if $0.value == nil { $0.expecting = .anything } },
        Broken("keeps the version of a value that stays the same", foundBy: "a version is never used again") { capacity, clock in
            BrokenStateStore(sound(capacity, clock), commit: { (base, changes) async throws(StoreError) in
                if changes.count == 1, changes[0].expiresAfter == nil, changes[0].value == [7], try await base.load([changes[0].key])[0]?.value == [7] { return true }
                return try await base.commit(changes)
            })
        },
        Broken("makes the changes of a large commit one by one", foundBy: "a commit of several keys") { capacity, clock in
            BrokenStateStore(sound(capacity, clock), commit: { (base, changes) async throws(StoreError) in
                changes.count == 3 ? try await oneByOne(base, changes) : try await base.commit(changes)
            })
        },
        Broken("takes keys of any tag", foundBy: "a commit whose keys share no tag") { capacity, clock in
            BrokenStateStore(sound(capacity, clock), commit: { (base, changes) async throws(StoreError) in
                do throws(StoreError) { return try await base.commit(changes) } catch {
                    if error.code == .refused, Set(changes.map(\.key)).count == changes.count { return try await oneByOne(base, changes) }
                    throw error
                }
            })
        },
        Broken("makes the last of two changes of a key", foundBy: "a commit that changes a key twice") { capacity, clock in
            BrokenStateStore(sound(capacity, clock), commit: { (base, changes) async throws(StoreError) in
                try await base.commit(changes.count == 2 && changes[0].key == changes[1].key ? [changes[1]] : changes)
            })
        },
        Broken("keeps values for good", foundBy: "a value is gone", "what has expired makes room") { capacity, clock in
            BrokenStateStore(sound(capacity, clock), commit: { (base, changes) async throws(StoreError) in
                try await base.commit(changes.map { StateChange($0.key, expecting: $0.expecting, value: $0.value) })
            })
        },
        Broken("keeps the time of the first value", foundBy: "a new value has a time") { capacity, clock in
            let times = Mutex<[String: Duration]>([:])
            return BrokenStateStore(sound(capacity, clock), commit: { (base, changes) async throws(StoreError) in
                let changes = changes.map { change in
                    var change = change
                    change.expiresAfter = times.withLock { times in
                        if let first = times[change.key] { return first }
                        times[change.key] = change.expiresAfter
                        return change.expiresAfter
                    }
                    return change
                }
                return try await base.commit(changes)
            })
        },
        Broken("has no bound", foundBy: "a full store refuses") { _, clock in BrokenStateStore(sound(.max, clock)) },
        Broken("counts what has expired", foundBy: "what has expired makes room") { capacity, clock in
            let keys = Mutex<Set<String>>([])
            return BrokenStateStore(sound(capacity, clock), commit: { (base, changes) async throws(StoreError) in
                let made = try await base.commit(changes)
                let count = keys.withLock { keys in
                    for change in changes { if change.value == nil { keys.remove(change.key) } else { keys.insert(change.key) } }
                    return keys.count
                }
                if count > capacity { throw StoreError(.full, "too many keys") }
                return made
            })
        },
        Broken("shares nothing", foundBy: "what one instance writes", "50 increments", isShared: false) { capacity, clock in
            BrokenStateStore(sound(capacity, clock))
        },
        Broken("loses every 20th change of a version", foundBy: "50 increments") { capacity, clock in
            let count = Atomic(0)
            return BrokenStateStore(sound(capacity, clock), commit: { (base, changes) async throws(StoreError) in
                if case .version? = changes.first?.expecting, count.add(1, ordering: .relaxed).newValue % 20 == 0 { return true }
                return try await base.commit(changes)
            })
        },
        Broken("makes the second change of a commit later", foundBy: "nobody sees half") { capacity, clock in
            let late = Mutex<StateChange?>(nil)
            return BrokenStateStore(
                sound(capacity, clock),
                load: { (base, keys) async throws(StoreError) in
                    let found = try await base.load(keys)
                    if let change = late.withLock({ $0.take() }) { _ = try await base.commit([change]) }
                    return found
                },
                commit: { (base, changes) async throws(StoreError) in
                    guard changes.count == 2, changes.allSatisfy({ $0.expecting == .anything && $0.key.hasPrefix("{t}:") }), changes[0].value == changes[1].value,
                        changes[0].key != changes[1].key
                    else { return try await base.commit(changes) }
                    late.withLock { $0 = changes[1] }
                    return try await base.commit([changes[0]])
                })
        },
    ]
}
