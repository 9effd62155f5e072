import InterlockJSON
import InterlockServer

/// `open_account`, `get_balance` and `transfer`: state that several calls change at once, locked per account.
enum AccountTools {
    /// - Parameter isShared: whether the accounts are in the state that all instances share.
    static func make(_ ledger: Ledger, mode: DemoMode, isShared: Bool = false) -> [any Feature] {
        let open = Tool<OpenInput>.reference("open_account", "Opens an account with a balance in cents.", mode: mode) { input, context in
            if isShared { return AccountAnswer(try await SharedLedger(context).open(input.id, balance: input.balance)) }
            return AccountAnswer(try await ledger.open(input.id, balance: input.balance))
        }
        let get = Tool<AccountInput>.reference("get_balance", "The balance of an account in cents.", mode: mode, readOnly: true) { input, context in
            if isShared { return AccountAnswer(try await SharedLedger(context).account(input.id)) }
            return AccountAnswer(try await ledger.account(input.id))
        }
        let transfer = Tool<TransferInput>.reference("transfer", "Moves cents from one account to another.", mode: mode) { input, context in
            let (from, to) = isShared
                ? try await SharedLedger(context).transfer(from: input.from, to: input.to, amount: input.amount)
                : try await ledger.transfer(from: input.from, to: input.to, amount: input.amount)
            return TransferAnswer(from: from.id, to: to.id, amount: input.amount, fromBalance: from.balance, toBalance: to.balance)
        }
        switch mode {
        case .guarded:
            return [
                open.exclusive { [lock($0.id)] }.queue(depth: 1_000),
                get.exclusive { [lock($0.id)] }.queue(depth: 1_000),
                transfer.exclusive { [lock($0.from), lock($0.to)] }.queue(depth: 1_000)
                    .idempotent(holding: .seconds(5), effects: isShared ? .state : .unknown) { $0.idempotencyKey },
            ]
        case .unsafe:
            return [open, get, transfer]
        }
    }

    /// What the lock of an account is called among all locks of the server.
    private static func lock(_ id: String) -> String { "account:\(id)" }

    struct OpenInput: Decodable, ToolInput {
        var id: String
        var balance: Int
        static let inputSchema = InputSchema {
            .string("id", "Id of the new account", minLength: 1, maxLength: 64);
            .integer("balance", "What is on it, in cents")
        }.schema
    }

    struct AccountInput: Decodable, ToolInput {
        var id: String
        static let inputSchema = InputSchema { .string("id", "Id of the account", minLength: 1, maxLength: 64) }.schema
    }

    struct TransferInput: Decodable, ToolInput {
        var from: String
        var to: String
        var amount: Int
        /// Names the operation: sent again, it moves nothing again.
        var idempotencyKey: String?
        static let inputSchema = InputSchema {
            .string("from", "Account to take from", minLength: 1, maxLength: 64);
            .string("to", "Account to give to", minLength: 1, maxLength: 64);
            .integer("amount", "Cents, at least 1");
            .string("idempotencyKey", "A name for this operation: sent again with it, nothing moves again and the first answer comes back", optional: true, minLength: 1, maxLength: 128)
        }.schema
    }

    struct AccountAnswer: AnswerValue {
        var id: String
        var balance: Int

        init(_ account: Account) {
            id = account.id
            balance = account.balance
        }

        static let schema = AnswerSchema(["id": .schema("string", "Id of the account"), "balance": .schema("integer", "What is on it, in cents")])
    }

    struct TransferAnswer: AnswerValue {
        var from: String
        var to: String
        var amount: Int
        var fromBalance: Int
        var toBalance: Int

        static let schema = AnswerSchema([
            "from": .schema("string", "Account taken from"), "to": .schema("string", "Account given to"),
            "amount": .schema("integer", "Cents moved"), "fromBalance": .schema("integer", "What is left, in cents"),
            "toBalance": .schema("integer", "What is there now, in cents"),
        ])
    }
}
