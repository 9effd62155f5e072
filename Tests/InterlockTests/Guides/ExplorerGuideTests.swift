import Interlock
import InterlockHistory
import InterlockSimulation
import InterlockTesting
import Synchronization
import Testing

private struct FullyBooked: Error {}
private struct SoldTwice: Error {}
private struct LostDeposit: Error {}

private actor BookingStore {
    private(set) var booked = 0
    func add() { booked += 1 }
}

private actor Desk {
    private let store = BookingStore()

    func book() async throws {
        guard await store.booked < 1 else { throw FullyBooked() }
        await store.add()
    }

    func booked() async -> Int { await store.booked }
}

private enum Operation { case deposit, withdraw }

private actor Account {
    private(set) var balance = 0

    func deposit(_ amount: Int) { balance += amount }

    func perform(_ operation: Operation) {
        switch operation {
        case .deposit: balance += 10
        case .withdraw: balance -= min(balance, 10)
        }
    }
}

@ToolInput
private struct NoInput {}

@Suite("The guide to the explorer")
struct ExplorerGuideTests {
    private func oneSeat() async throws {
        try await explore {
            let desk = Desk()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<2 { group.addTask { try? await desk.book() } }
            }
            if await desk.booked() > 1 { throw SoldTwice() }
        }
    }

    private func visits() throws -> Server {
        let count = Mutex(0)
        return try Server(name: "visits", version: "1") {
            Tool("visit") { (_: NoInput, _) in
                "\(count.withLock { count in count += 1; return count })"
            }
        }
    }

    @Test("its first test finds what it says")
    func found() async throws {
        let failure = await #expect(throws: ExplorationFailure.self) { try await oneSeat() }
        #expect(failure?.finding.code == .expectation)
        #expect(failure?.replay.hasPrefix("x1.") == true)
    }

    @Test("its other examples hold, and the small one is seen whole")
    func holding() async throws {
        try await explore(on: { _ in Account() }) { account, _ in
            async let first: Void = account.deposit(10)
            async let second: Void = account.deposit(10)
            _ = await (first, second)
        } invariant: { account in
            await account.balance == 20
        }
        try await exploreOperations(
            tasks: 2,
            generate: { random, _ in (0..<3).map { _ in Bool.random(using: &random) ? .deposit : .withdraw } },
            on: { _ in Account() },
            perform: { (operation: Operation, account, _) in await account.perform(operation) },
            invariant: { account in await account.balance >= 0 })
        let calls = (1...3).map { ExploredCall("visit", client: $0) }
        try await exploreCalls(calls, on: { _ in try visits() }, model: CounterModel()) { _ in
            CounterModel.Input(.add(1))
        } output: { answer in
            answer.isError ? nil : answer.text.flatMap { Int($0) }.map { .value($0) }
        }
        let result = try await explore(.exhaustive(preemptions: 2), schedules: 200_000) {
            let account = Account()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<2 { group.addTask { await account.deposit(10) } }
            }
            if await account.balance != 20 { throw LostDeposit() }
        }
        #expect(result.isComplete)
    }

    @Test("has no line of Swift that is not compiled")
    func snippets() throws {
        #expect(try Guide("docs/explorer.md").swift(missingIn: #filePath) == [])
    }
}
