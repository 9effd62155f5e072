/// The wrong bank: it reads both balances, checks, and writes both. Two transfers from one account spend the same money.
public struct RacyBank: Bank {
    private let ledger: Ledger

    public init(ledger: Ledger) {
        self.ledger = ledger
    }

    public func transfer(_ amount: Int, from source: String, to target: String) async throws -> Bool {
        let available = await ledger.balance(of: source)
        guard available >= amount else { return false }
        let received = await ledger.balance(of: target)
        await ledger.setBalance(available - amount, of: source)
        await ledger.setBalance(received + amount, of: target)
        return true
    }
}
