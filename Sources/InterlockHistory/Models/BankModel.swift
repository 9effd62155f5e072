/// Accounts with balances: transfers move money between them, never create it, and never overdraw.
///
/// It notices money that appears or vanishes, the double spend, and the transfer seen half done. A refusal is explained
/// only by a lack of money (or an account or an amount that does not exist): discard calls that a server refused for
/// reasons of its own.
public struct BankModel: SequentialModel {
    public enum Input: Hashable, Sendable {
        /// Accepted exactly if both accounts exist, the amount is positive and the first account covers it.
        case transfer(from: String, to: String, amount: Int)
        /// Brings money from outside. Accepted exactly if the account exists and the amount is positive.
        case deposit(to: String, amount: Int)
        case balance(of: String)
        /// All balances together, at one instant.
        case total
    }

    public enum Output: Hashable, Sendable {
        case accepted
        case refused
        /// The balance or total asked for.
        case amount(Int)
    }

    /// The balances before the first call; other accounts do not exist.
    public let opening: [String: Int]

    /// A bank with these accounts and balances.
    public init(opening: [String: Int]) {
        self.opening = opening
    }

    public var promise: String { "a bank where transfers conserve money and no account is overdrawn" }

    public func initialState(of keys: Set<String>) -> [String: Int] {
        keys.isEmpty ? opening : opening.filter { keys.contains($0.key) }
    }

    public func footprint(of input: Input, _ output: Output?) -> Footprint<String> {
        switch input {
        case .transfer(let from, let to, _): .keys([from, to])
        case .deposit(let account, _), .balance(let account): .keys([account])
        case .total: .everything
        }
    }

    public func isReadOnly(_ input: Input, _ output: Output?) -> Bool {
        switch input {
        case .balance, .total: true
        case .transfer, .deposit: output == .refused
        }
    }

    public func step(_ state: [String: Int], _ input: Input, _ output: Output?) -> [String: Int]? {
        var next = state
        let answer: Output
        switch input {
        case .transfer(let from, let to, let amount):
            if amount > 0, let balance = state[from], state[to] != nil, balance >= amount {
                next[from, default: 0] -= amount
                next[to, default: 0] += amount
                answer = .accepted
            } else {
                answer = .refused
            }
        case .deposit(let account, let amount):
            let (sum, overflow) = state[account, default: 0].addingReportingOverflow(amount)
            if amount > 0, state[account] != nil, !overflow {
                next[account] = sum
                answer = .accepted
            } else {
                answer = .refused
            }
        case .balance(let account): answer = state[account].map { .amount($0) } ?? .refused
        case .total: answer = .amount(state.values.reduce(0, &+))
        }
        return output == nil || output == answer ? next : nil
    }

    public func describe(_ input: Input, _ output: Output?) -> String {
        let call =
            switch input {
            case .transfer(let from, let to, let amount): "transfer \(amount) from \(from) to \(to)"
            case .deposit(let account, let amount): "deposit \(amount) to \(account)"
            case .balance(let account): "balance of \(account)"
            case .total: "total"
            }
        return switch output {
        case .accepted: "\(call) → accepted"
        case .refused: "\(call) → refused"
        case .amount(let amount): "\(call) → \(amount)"
        case nil: call
        }
    }

    public func describe(_ state: [String: Int]) -> String {
        state.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)" }.joined(separator: ", ")
    }
}
