import InterlockSimulation
import Races
import Testing

/// One hazard of the field: what two or three callers do at the same time, on the wrong version and on the right one.
struct Scenario: Sendable, CustomTestStringConvertible {
    let name: String
    let racy: ExplorationBody
    let guarded: ExplorationBody

    var testDescription: String { name }

    static let all = [
        Scenario(
            name: "check-then-act across an await in an actor",
            racy: checkThenAct(RacyBookingDesk.self), guarded: checkThenAct(GuardedBookingDesk.self)),
        Scenario(
            name: "read, compute, write",
            racy: readComputeWrite(RacyVisitCounter.self), guarded: readComputeWrite(GuardedVisitCounter.self)),
        Scenario(
            name: "create if absent",
            racy: createIfAbsent(RacyDocumentRegistry.self), guarded: createIfAbsent(GuardedDocumentRegistry.self)),
        Scenario(name: "double spend over two keys", racy: doubleSpend(RacyBank.self), guarded: doubleSpend(GuardedBank.self)),
        Scenario(
            name: "a permit lost by cancellation", racy: lostPermit(RacyTurnstile.self), guarded: lostPermit(GuardedTurnstile.self)),
        Scenario(
            name: "teardown of a shared resource in each call",
            racy: sharedTeardown(RacyReportService.self), guarded: sharedTeardown(GuardedReportService.self)),
    ]
}

/// What must hold did not.
struct Broken: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

private func checkThenAct<Desk: BookingDesk>(_: Desk.Type) -> ExplorationBody {
    { context in
        let desk = Desk(seats: 1, payments: Payments())
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    let booked = await desk.book()
                    context.note(booked ? "booked" : "sold out")
                }
            }
        }
        let taken = await desk.taken
        if taken > 1 { throw Broken("\(taken) seats were sold and there is 1") }
    }
}

private func readComputeWrite<Counter: VisitCounter>(_: Counter.Type) -> ExplorationBody {
    { _ in
        let store = ValueStore()
        let counter = Counter(store: store)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 { group.addTask { try await counter.visit() } }
            try await group.waitForAll()
        }
        let visits = await store.value(for: "visits")
        if visits != 2 { throw Broken("2 visits were counted as \(visits)") }
    }
}

private func createIfAbsent<Registry: DocumentRegistry>(_: Registry.Type) -> ExplorationBody {
    { _ in
        let registry = Registry(disk: Disk(), renderer: Renderer())
        let created = await withTaskGroup(of: Bool.self) { group in
            for caller in 0..<2 { group.addTask { await registry.create("plan", text: "by \(caller)") } }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        if created != 1 { throw Broken("\(created) calls created the same document") }
    }
}

private func doubleSpend<Accounts: Bank>(_: Accounts.Type) -> ExplorationBody {
    { _ in
        let ledger = Ledger(["a": 100, "b": 0, "c": 0])
        let bank = Accounts(ledger: ledger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { _ = try await bank.transfer(100, from: "a", to: "b") }
            group.addTask { _ = try await bank.transfer(100, from: "a", to: "c") }
            try await group.waitForAll()
        }
        let total = await ledger.total
        if total != 100 { throw Broken("there were 100 in all, and now there are \(total)") }
    }
}

private func lostPermit<Door: Turnstile>(_: Door.Type) -> ExplorationBody {
    { context in
        let door = Door(permits: 1)
        let first = Task(executorPreference: context.executor) { try? await door.enter { await Task.yield() } }  // awaited below
        let second = Task(executorPreference: context.executor) { try? await door.enter {} }  // awaited below
        await Task.yield()
        second.cancel()
        await first.value
        await second.value
        // With the permit gone this waits for ever.
        try await door.enter {}
    }
}

private func sharedTeardown<Service: ReportService>(_: Service.Type) -> ExplorationBody {
    { _ in
        let service = Service()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<2 { group.addTask { _ = try await service.report("question \(caller)") } }
            try await group.waitForAll()
        }
    }
}
