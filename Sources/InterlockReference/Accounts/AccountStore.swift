import Synchronization

/// Where balances are kept.
///
/// Each operation is complete in itself and suspends its caller, as a call across a network would.
protocol AccountStore: Sendable {
    /// How many accounts there are.
    func count() async -> Int
    /// The balance in cents; `nil` if there is no such account.
    func balance(of id: String) async -> Int?
    /// Makes the account or replaces its balance.
    func set(_ balance: Int, for id: String) async
}

/// Balances in memory, behind a suspension before every operation.
final class InMemoryAccountStore: AccountStore {
    private let balances = Mutex<[String: Int]>([:])

    func count() async -> Int {
        await Task.yield()
        return balances.withLock { $0.count }
    }

    func balance(of id: String) async -> Int? {
        await Task.yield()
        return balances.withLock { $0[id] }
    }

    func set(_ balance: Int, for id: String) async {
        await Task.yield()
        balances.withLock { $0[id] = balance }
    }

    /// The sum of all balances, for proofs that money is conserved.
    var total: Int { balances.withLock { $0.values.reduce(0, +) } }
}
