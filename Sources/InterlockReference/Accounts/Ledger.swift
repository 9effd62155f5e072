/// Accounts and the money that moves between them, in whole cents.
///
/// It locks nothing: a transfer is four operations of the store, and **the caller holds the locks of the accounts it
/// names**, as `exclusive` does where the tools are declared. A refusal changes nothing, and what has begun is finished
/// even if its task is cancelled.
struct Ledger: Sendable {
    /// The largest balance, so that every JSON reader gets it exactly: 2^53 − 1 cents.
    static let maximumBalance = 9_007_199_254_740_991

    private let store: any AccountStore
    private let maximumAccounts: Int

    /// - Parameter maximumAccounts: how many accounts may be open, which bounds what clients can make the server remember.
    init(store: any AccountStore = InMemoryAccountStore(), maximumAccounts: Int = 100_000) {
        self.store = store
        self.maximumAccounts = maximumAccounts
    }

    func open(_ id: String, balance: Int) async throws -> Account {
        try Self.check(balance)
        guard await store.balance(of: id) == nil else { throw LedgerError.isOpen(id) }
        guard await store.count() < maximumAccounts else { throw LedgerError.full(maximumAccounts) }
        // interlock:allow check-then-create because the tool is exclusive by account; the unsafe demonstration shows it without
        await store.set(balance, for: id)
        return Account(id: id, balance: balance)
    }

    func account(_ id: String) async throws -> Account {
        guard let balance = await store.balance(of: id) else { throw LedgerError.unknown(id) }
        return Account(id: id, balance: balance)
    }

    /// Moves `amount` cents; returns both accounts as they are then.
    func transfer(from: String, to: String, amount: Int) async throws -> (from: Account, to: Account) {
        try Self.check(from: from, to: to, amount: amount)
        let moved = try Self.moving(amount, from: try await account(from), to: try await account(to))
        await store.set(moved.from.balance, for: from)
        await store.set(moved.to.balance, for: to)
        return moved
    }

    // MARK: The rules, wherever the accounts are

    static func check(_ balance: Int) throws(LedgerError) {
        guard (0...maximumBalance).contains(balance) else {
            throw LedgerError(message: "A balance of \(balance) cents is not possible: it must lie between 0 and \(maximumBalance).")
        }
    }

    static func check(from: String, to: String, amount: Int) throws(LedgerError) {
        guard amount > 0 else { throw LedgerError(message: "An amount of \(amount) cents cannot be moved: it must be at least 1.") }
        guard from != to else { throw LedgerError(message: "The account '\(from)' cannot pay itself; name two accounts.") }
    }

    /// Both accounts after `amount` cents have moved.
    static func moving(_ amount: Int, from source: Account, to target: Account) throws(LedgerError) -> (from: Account, to: Account) {
        guard source.balance >= amount else {
            throw LedgerError(message: "The account '\(source.id)' holds \(source.balance) cents, which does not cover \(amount).")
        }
        let (sum, overflow) = target.balance.addingReportingOverflow(amount)
        guard !overflow, sum <= maximumBalance else {
            throw LedgerError(message: "The account '\(target.id)' cannot hold more than \(maximumBalance) cents; move a smaller amount.")
        }
        return (Account(id: source.id, balance: source.balance - amount), Account(id: target.id, balance: sum))
    }
}

/// An account at one moment.
struct Account: Sendable, Hashable {
    var id: String
    /// Cents.
    var balance: Int
}

/// Why money did not move.
struct LedgerError: ModelReadable, CustomStringConvertible {
    var message: String
    var description: String { message }

    static func unknown(_ id: String) -> LedgerError { LedgerError(message: "There is no account '\(id)'. Open it with open_account.") }
    static func isOpen(_ id: String) -> LedgerError { LedgerError(message: "The account '\(id)' is open already; choose another id.") }
    static func full(_ limit: Int) -> LedgerError { LedgerError(message: "All \(limit) accounts of this server are open; use one that exists.") }
}
