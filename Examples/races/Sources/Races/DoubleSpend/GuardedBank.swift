import InterlockConcurrency

/// The right bank: it holds both accounts for the whole transfer, taken in one step so that opposite transfers cannot deadlock.
public struct GuardedBank: Bank {
    private let ledger: Ledger
    private let accounts = KeyedMutex<String>(name: "accounts")

    public init(ledger: Ledger) {
        self.ledger = ledger
    }

    public func transfer(_ amount: Int, from source: String, to target: String) async throws -> Bool {
        try await accounts.withLocks(for: [source, target]) {
            let available = await ledger.balance(of: source)
            guard available >= amount else { return false }
            let received = await ledger.balance(of: target)
            await ledger.setBalance(available - amount, of: source)
            await ledger.setBalance(received + amount, of: target)
            return true
        }
    }
}
