import InterlockStorage
import InterlockTesting
import Synchronization
import Testing

/// An event store with one deliberate defect, and the check that must find it.
struct BrokenEventStore: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// The beginning of the check's name.
    var check: String
    var underTest: EventStoreUnderTest

    init(_ name: String, foundBy check: String, _ defect: FaultyEvents) {
        testDescription = name
        self.check = check
        underTest = EventStoreUnderTest(
            name: name, make: { Store(InMemoryEventStore(maximumBytes: defect.isUnbounded ? 1 << 30 : $0), defect) },
            reopen: { defect.forgetsAtRestart ? InMemoryEventStore() : $0 })
    }

    /// What is wrong, in front of a sound store; the defaults are sound.
    struct FaultyEvents: Sendable {
        var append: @Sendable (any EventStore, StoredEvent) -> Void = { $0.append($1) }
        var events: @Sendable (any EventStore, String, UInt32, UInt32) -> [StoredEvent]? = { $0.events(session: $1, stream: $2, after: $3) }
        var remove: @Sendable (any EventStore, String) -> Void = { $0.remove(session: $1) }
        var isUnbounded = false
        var forgetsAtRestart = false
    }

    private final class Store: EventStore {
        private let base: any EventStore
        private let defect: FaultyEvents

        init(_ base: any EventStore, _ defect: FaultyEvents) {
            self.base = base
            self.defect = defect
        }

        func append(_ event: StoredEvent) { defect.append(base, event) }
        func events(session: String, stream: UInt32, after sequence: UInt32) -> [StoredEvent]? { defect.events(base, session, stream, sequence) }
        func remove(session: String) { defect.remove(base, session) }
        var storedBytes: Int { base.storedBytes }
    }
}

extension BrokenEventStore {
    static let all: [BrokenEventStore] = [
        BrokenEventStore("includes the event that was asked about", foundBy: "the events after a number", .init(events: { store, session, stream, after in
            store.events(session: session, stream: stream, after: max(after, 1) - 1)
        })),
        BrokenEventStore("gives events in reverse", foundBy: "the events after a number", .init(events: { store, session, stream, after in
            store.events(session: session, stream: stream, after: after)?.reversed()
        })),
        BrokenEventStore("forgets which event was the last", foundBy: "every byte of an event", .init(append: { store, event in
            var event = event
            event.isLast = false
            store.append(event)
        })),
        BrokenEventStore("skips priming events", foundBy: "every byte of an event", .init(append: { if !$1.data.isEmpty { $0.append($1) } })),
        BrokenEventStore("passes a gap over in silence", foundBy: "events that are gone", .init(events: { store, session, stream, after in
            for start in after...after + 200 { if let found = store.events(session: session, stream: stream, after: start) { return found } }
            return []
        })),
        BrokenEventStore("is passed over when its largest event is", foundBy: "an event larger than the budget", .init(events: { store, session, stream, after in
            store.events(session: session, stream: stream, after: after) ?? []
        })),
        BrokenEventStore("resolves sessions whatever their case", foundBy: "sessions and streams never see", .init(
            append: { store, event in
                var event = event
                event.session = event.session.lowercased()
                store.append(event)
            },
            events: { $0.events(session: $1.lowercased(), stream: $2, after: $3) })),
        BrokenEventStore("ignores the session", foundBy: "sessions and streams never see", .init(events: { store, session, stream, after in
            store.events(session: session, stream: stream, after: after) ?? store.events(session: "bob", stream: stream, after: after)
        })),
        BrokenEventStore("keeps what was removed", foundBy: "a removed session leaves nothing", .init(remove: { _, _ in })),
        BrokenEventStore("ignores its budget", foundBy: "the bytes that are kept", .init(isUnbounded: true)),
        BrokenEventStore("keeps the oldest and drops the newest", foundBy: "the oldest events go first", .init(append: { store, event in
            if store.storedBytes + event.data.count < 90_000 { store.append(event) }
        })),
        BrokenEventStore("gives a new beginning the age of the old one", foundBy: "a session that begins anew", .init(
            append: { store, event in if event.session != "again" || event.data.count < 1_000 { store.append(event) } })),
        BrokenEventStore("loses one event in a hundred", foundBy: "many tasks at once", .losingEvents(every: 100)),
        BrokenEventStore("forgets at a restart", foundBy: "events survive a restart", .init(forgetsAtRestart: true)),
    ]
}

extension BrokenEventStore.FaultyEvents {
    static func losingEvents(every interval: Int) -> Self {
        let count = Atomic(0)
        return Self(append: { store, event in
            if count.add(1, ordering: .relaxed).newValue % interval != 0 { store.append(event) }
        })
    }
}
