import InterlockConcurrency
import InterlockJSON
@testable import InterlockServer
import InterlockSimulation
import InterlockStorage
import Testing

@Suite("What is written and read of a session's record, and in which order")
struct SessionRecordStateMachineTests {
    private static func record(_ subscriptions: [String] = [], version: Int64 = 0, level: String? = nil) -> SessionRecord {
        SessionRecord(
            id: "s", revision: "2025-11-25", principal: nil, clientInfo: nil, clientCapabilities: .emptyObject, logLevel: level, subscriptions: subscriptions,
            createdAt: 1, lastUsedAt: 1, version: version)
    }

    @Test("the table: one step at a time, reading before writing, and nothing after the end")
    func table() {
        var machine = SessionRecordStateMachine(stored: Self.record())
        #expect(machine.next() == nil)
        #expect(machine.changed() && !machine.changed() && !machine.heard(of: 3))
        #expect(machine.next() == .read)
        #expect(machine.next() == .write)
        #expect(machine.next() == nil && machine.next() == nil)
        #expect(!machine.heard(of: 0) && machine.changed() && !machine.heard(of: 2))
        machine.ended()
        #expect(machine.next() == nil)
        #expect(!machine.changed() && !machine.heard(of: 9) && machine.next() == nil)
    }

    @Test("what was changed here wins over what was changed elsewhere; everything else is taken over")
    func merging() {
        var machine = SessionRecordStateMachine(stored: Self.record(["a", "b"], level: "info"))
        var here = Self.record(["b", "c"], level: "info") // gave up a, took c
        let merged = machine.merge(Self.record(["a", "b", "d", "e"], version: 4, level: "error"), knownBefore: 0, into: here)
        #expect(merged.subscriptions == ["b", "c", "d", "e"] && merged.logLevel == "error")
        #expect(machine.next(merged)?.version == 5)
        here = merged
        here.logLevel = "debug"
        machine.withdraws("e")
        let again = machine.merge(Self.record(["b", "d", "e"], version: 5, level: "notice"), knownBefore: 4, into: here)
        #expect(again.subscriptions == ["b", "c", "d"] && again.logLevel == "debug")
        let written = machine.next(again)
        #expect(written?.version == 6)
        if let written { machine.wrote(written) }
        #expect(machine.next(again) == nil)
    }

    @Test("a record that was read before something newer was written or read changes nothing; one that is older because the store lost its last writes does")
    func outOfDate() {
        var machine = SessionRecordStateMachine(stored: Self.record(version: 4))
        machine.wrote(Self.record(["a"], version: 5))
        let here = Self.record(["a"], version: 5)
        let early = machine.merge(Self.record(version: 4), knownBefore: 4, into: here) // read before the write
        #expect(early.subscriptions == ["a"] && machine.stored.version == 5)
        let late = machine.merge(Self.record(version: 3), knownBefore: 5, into: here) // read after it, and it is gone
        #expect(late.subscriptions == [] && machine.stored.version == 3)
    }

    @Test("of what was given up unknown only so much is noted")
    func bound() {
        var machine = SessionRecordStateMachine(stored: Self.record())
        for number in 0..<1_000 { machine.withdraws("\(number)") }
        let found = Self.record((0..<1_000).map { "\($0)" }, version: 1)
        #expect(machine.merge(found, knownBefore: 0, into: Self.record()).subscriptions.count == 1_000 - SessionRecordStateMachine.maximumWithdrawn)
    }

    /// An instance as far as the record goes.
    private struct Instance {
        var machine = SessionRecordStateMachine(stored: record())
        var now = record()
        /// Whether somebody takes its steps.
        var isRunning = false
        /// The version of a write that was prepared but has not reached the store.
        var pending: SessionRecord?
        var inbox: [Int64] = []
        var wanted: Set<String> = []
    }

    @Test("in any order of changes, writes and news on three instances nothing is lost, and all come to know it", arguments: 0..<30)
    func anyOrder(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var store = Self.record()
        var instances = [Instance(), Instance(), Instance()]
        func step(_ number: Int) {
            if let record = instances[number].pending {
                instances[number].pending = nil
                if store.version == record.version - 1 {
                    store = record
                    instances[number].machine.wrote(record)
                    for other in instances.indices where other != number { instances[other].inbox.append(record.version) }
                } else {
                    instances[number].now = instances[number].machine.merge(store, knownBefore: record.version - 1, into: instances[number].now)
                    instances[number].pending = instances[number].machine.next(instances[number].now)
                }
                return
            }
            guard instances[number].isRunning else { return }
            switch instances[number].machine.next() {
            case .write: instances[number].pending = instances[number].machine.next(instances[number].now)
            case .read:
                let known = instances[number].machine.stored.version
                instances[number].now = instances[number].machine.merge(store, knownBefore: known, into: instances[number].now)
            case nil: instances[number].isRunning = false
            }
        }
        for turn in 0..<400 {
            let number = Int(random.next() % 3)
            switch random.next() % 4 {
            case 0: // its clients' own resources, so that what is wanted in the end is plain
                let uri = "\(number)/\(random.next() % 5)"
                if instances[number].wanted.remove(uri) == nil { instances[number].wanted.insert(uri) }
                instances[number].now.subscriptions = Set(instances[number].now.subscriptions).symmetricDifference([uri]).sorted()
                if instances[number].machine.changed() { instances[number].isRunning = true }
            case 1 where !instances[number].inbox.isEmpty:
                if instances[number].machine.heard(of: instances[number].inbox.removeFirst()) { instances[number].isRunning = true }
            default: step(number)
            }
            _ = turn
        }
        while instances.contains(where: { $0.isRunning || $0.pending != nil || !$0.inbox.isEmpty }) {
            for number in instances.indices {
                while !instances[number].inbox.isEmpty {
                    if instances[number].machine.heard(of: instances[number].inbox.removeFirst()) { instances[number].isRunning = true }
                }
                step(number)
            }
        }
        let wanted = instances.reduce(into: Set<String>()) { $0.formUnion($1.wanted) }.sorted()
        #expect(store.subscriptions == wanted)
        for instance in instances { #expect(instance.now.subscriptions == wanted) }
    }
}
