import InterlockConcurrency
import InterlockClient
import InterlockJSON
import InterlockProtocol
import InterlockSimulation
import Testing

@testable import InterlockReference

@Suite("Accounts", .timeLimit(.minutes(5)))
struct LedgerTests {
    /// The sum of all balances after many transfers between few accounts; it began at 100,000.
    private func totalAfterTransfers(callers: Int, transfers: Int, locked: Bool, seed: UInt64) async throws -> Int {
        let store = InMemoryAccountStore()
        let ledger = Ledger(store: store)
        let locks = KeyedMutex<String>()
        for index in 0..<10 { _ = try await ledger.open("a\(index)", balance: 10_000) }
        await withTaskGroup { group in
            for caller in 0..<callers {
                group.addTask {
                    var random = SeededRandom(seed: seed &+ UInt64(caller) &* 7_919)
                    for _ in 0..<transfers {
                        let (from, to) = ("a\(Int.random(in: 0..<10, using: &random))", "a\(Int.random(in: 0..<10, using: &random))")
                        let amount = Int.random(in: 1...500, using: &random)
                        // Refusals are part of the game: they must change nothing.
                        if locked {
                            _ = try? await locks.withLocks(for: [from, to]) { try await ledger.transfer(from: from, to: to, amount: amount) }
                        } else {
                            _ = try? await ledger.transfer(from: from, to: to, amount: amount)
                        }
                    }
                }
            }
        }
        return store.total
    }

    @Test("200 callers with 50 transfers each conserve money to the cent")
    func conserved() async throws {
        #expect(try await totalAfterTransfers(callers: 200, transfers: 50, locked: true, seed: 1) == 100_000)
    }

    @Test("without the locks money appears or vanishes within 100 rounds")
    func negativeControl() async throws {
        for round in 0..<UInt64(100) where try await totalAfterTransfers(callers: 20, transfers: 50, locked: false, seed: round) != 100_000 { return }
        Issue.record("the proof above proves nothing: it does not notice missing locks")
    }

    private func totalThroughServer(_ mode: DemoMode, callers: Int, transfers: Int) async throws -> Int {
        try await withReference(mode: mode) { client, _ in
            for index in 0..<5 { _ = try await client.call("open_account", ["id": .string("a\(index)"), "balance": 10_000]) }
            try await withThrowingTaskGroup { group in
                for caller in 0..<callers {
                    group.addTask {
                        var random = SeededRandom(seed: UInt64(caller))
                        for _ in 0..<transfers {
                            let (from, to) = (Int.random(in: 0..<5, using: &random), Int.random(in: 0..<5, using: &random))
                            _ = try await client.call("transfer", [
                                "from": .string("a\(from)"), "to": .string("a\(to)"), "amount": .number(JSONNumber(Int.random(in: 1...100, using: &random))),
                            ])
                        }
                    }
                }
                try await group.waitForAll()
            }
            var total = 0
            for index in 0..<5 { total += try await client.call("get_balance", ["id": .string("a\(index)")]).structuredContent?["balance"]?.int ?? 0 }
            return total
        }
    }

    @Test("through the server: 200 callers with 10 transfers each conserve money, as the tool's locks promise")
    func conservedThroughServer() async throws {
        #expect(try await totalThroughServer(.guarded, callers: 200, transfers: 10) == 50_000)
    }

    @Test("through the unsafe server money appears or vanishes within 100 rounds")
    func unsafeThroughServer() async throws {
        for _ in 0..<100 where try await totalThroughServer(.unsafe, callers: 20, transfers: 10) != 50_000 { return }
        Issue.record("the proof above proves nothing: it does not notice missing locks")
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var what: String
        var from = "rich"
        var to = "poor"
        var amount = 1
        var testDescription: String { what }
    }

    @Test("refuses and changes nothing", arguments: [
        Refusal(what: "more than there is", from: "poor", to: "rich", amount: 6), Refusal(what: "nothing", amount: 0),
        Refusal(what: "less than nothing", amount: -1), Refusal(what: "the least integer", amount: .min), Refusal(what: "to itself", to: "rich"),
        Refusal(what: "from an unknown account", from: "nobody"), Refusal(what: "to an unknown account", to: "nobody"),
        Refusal(what: "more than an account can hold", to: "full"), Refusal(what: "the largest integer", amount: .max),
    ])
    func refusals(_ refusal: Refusal) async throws {
        let store = InMemoryAccountStore()
        let ledger = Ledger(store: store)
        _ = try await ledger.open("rich", balance: 1_000)
        _ = try await ledger.open("poor", balance: 5)
        _ = try await ledger.open("full", balance: Ledger.maximumBalance)
        let before = store.total
        await #expect(throws: LedgerError.self) { try await ledger.transfer(from: refusal.from, to: refusal.to, amount: refusal.amount) }
        #expect(store.total == before)
        #expect(try await ledger.account("rich").balance == 1_000)
        #expect(try await ledger.account("poor").balance == 5)
    }

    @Test("opens no account twice, with a balance below nothing, or beyond the number it may hold")
    func opening() async throws {
        let ledger = Ledger(maximumAccounts: 2)
        _ = try await ledger.open("a", balance: 0)
        await #expect(throws: LedgerError.self) { try await ledger.open("a", balance: 5) }
        await #expect(throws: LedgerError.self) { try await ledger.open("b", balance: -1) }
        await #expect(throws: LedgerError.self) { try await ledger.open("b", balance: Ledger.maximumBalance + 1) }
        _ = try await ledger.open("b", balance: Ledger.maximumBalance)
        await #expect(throws: LedgerError.self) { try await ledger.open("c", balance: 1) }
        #expect(try await ledger.account("a").balance == 0)
    }

    @Test("moves everything that is there")
    func all() async throws {
        let ledger = Ledger()
        _ = try await ledger.open("a", balance: 7)
        _ = try await ledger.open("b", balance: 0)
        let (from, to) = try await ledger.transfer(from: "a", to: "b", amount: 7)
        #expect(from == Account(id: "a", balance: 0))
        #expect(to == Account(id: "b", balance: 7))
    }
}
