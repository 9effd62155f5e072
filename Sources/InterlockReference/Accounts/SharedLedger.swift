import InterlockServer

/// Accounts in the application's state, which all instances of the server share: each change is one compare-and-set of everything it touches.
///
/// The rules are those of ``Ledger``; what it reads and what it writes cannot be told apart by anybody else, on whichever instance, without a lock.
struct SharedLedger: Sendable {
    private let state: ApplicationState
    private let maximumAccounts: Int

    init(_ context: HandlerContext, maximumAccounts: Int = 100_000) {
        state = context.state
        self.maximumAccounts = maximumAccounts
    }

    func open(_ id: String, balance: Int) async throws -> Account {
        try Ledger.check(balance)
        return try await state.update([Self.name(id), "accounts"], of: Int.self) { values in
            guard values[0] == nil else { throw LedgerError.isOpen(id) }
            guard values[1] ?? 0 < maximumAccounts else { throw LedgerError.full(maximumAccounts) }
            values = [balance, (values[1] ?? 0) + 1]
            return Account(id: id, balance: balance)
        }
    }

    func account(_ id: String) async throws -> Account {
        guard let balance = try await state.load(Self.name(id), as: Int.self) else { throw LedgerError.unknown(id) }
        return Account(id: id, balance: balance)
    }

    func transfer(from: String, to: String, amount: Int) async throws -> (from: Account, to: Account) {
        try Ledger.check(from: from, to: to, amount: amount)
        return try await state.update([Self.name(from), Self.name(to)], of: Int.self) { values in
            guard let source = values[0] else { throw LedgerError.unknown(from) }
            guard let target = values[1] else { throw LedgerError.unknown(to) }
            let moved = try Ledger.moving(amount, from: Account(id: from, balance: source), to: Account(id: to, balance: target))
            values = [moved.from.balance, moved.to.balance]
            return moved
        }
    }

    private static func name(_ id: String) -> String { "account:\(id)" }
}
