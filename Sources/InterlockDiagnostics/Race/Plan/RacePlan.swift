import InterlockJSON

/// What a race makes a server do at once, and what must hold whatever the order: the contents of a plan file.
///
/// ```json
/// {
///   "model": "set", "capacity": 10, "clients": 8, "calls": 4, "rounds": 25,
///   "operations": [ {"does": "add", "tool": "register_user", "arguments": {"userId": "$element"}} ],
///   "refusals": [ {"text": "limit reached"}, {"text": "registered already"} ]
/// }
/// ```
///
/// A plan has a `model`, whose answers must fit one order of the calls, or an `invariant`, which must hold when they have all been answered, or both.
/// Whatever the arguments of a call write as `$name` is drawn for each call: `$round`, `$client` and `$index` say which call it is, the model gives
/// `$element`, `$value`, `$account`, `$from`, `$to` and `$amount`, and `values` names further ones. See ``DrawnJSON``.
public struct RacePlan: Sendable {
    /// The promise that is checked.
    public enum Model: String, Sendable, CaseIterable {
        /// `add` and `read`: no update is lost.
        case counter
        /// `write` and `read`: who reads sees the last value written.
        case register
        /// `add`, `remove`, `contains`, `count`: none twice, and never more than `capacity` if there is one.
        case set
        /// `transfer` and `balance`: money is conserved, no account is overdrawn.
        case bank
        /// `generate`: no id twice.
        case uniqueID = "unique-id"
    }

    /// One kind of call.
    struct Operation: Sendable {
        /// What it does to the model; empty in a plan without one.
        var does: String
        /// Whether an answer without a value says nothing about the model.
        var needsValue: Bool { ["read", "count", "balance", "generate"].contains(does) }
        var tool: String
        var arguments: DrawnJSON
        /// How often it is drawn beside the others.
        var weight: Int
        /// Where the answer's value stands in `structuredContent`, member names between dots; without it the first whole number of the text counts.
        var result: String?
        /// The errors by which this tool says "no, and nothing has changed".
        var refusals: [Refusal]
    }

    /// A call that is made alone, outside the race.
    struct Step: Sendable {
        var tool: String
        var arguments: DrawnJSON
    }

    /// The promise the answers are held against; `nil` if there is only an invariant.
    public var model: Model?
    /// Clients that call at the same time.
    public var clients: Int
    /// Calls of each client in a round.
    public var calls: Int
    public var rounds: Int
    /// Takes the server back to its beginning, before each round.
    var reset: [Step]
    /// Makes what a round needs, before each round and after `reset`.
    var prepare: [Step]
    var operations: [Operation]
    /// What is drawn besides what the model needs, by name.
    var values: [String: ValueGenerator]
    var invariant: RaceInvariant?
    /// The most a set may hold; `nil` for a set without a limit.
    var capacity: Int?
    /// How many different elements are drawn.
    var elements: Int
    /// What is in each account after `prepare`.
    var accounts: [Account]
    /// The largest amount that is drawn.
    var maximumAmount: Int
    /// Where a counter or a register starts.
    var start: Int?

    /// An account of the bank, and what is in it when the race begins.
    struct Account: Sendable {
        var name: DrawnJSON
        var balance: Int
    }
}

extension RacePlan {
    /// Why a second round on the same server would start from what the first one left, in words; `nil` if each starts from the beginning.
    ///
    /// A plan with `reset` begins anew by it. Otherwise the names it works on have to contain `$round`, so that no round meets what another has left.
    var keptState: String? {
        guard reset.isEmpty else { return nil }
        let scoped = Set(values.filter { $0.value.isScopedByRound }.keys).union(["round"])
        func isScoped(_ operation: Operation, _ more: [String] = []) -> Bool { !operation.arguments.names.isDisjoint(with: scoped.union(more)) }
        func shared(_ what: String, _ operations: [Operation]) -> String? {
            operations.isEmpty ? nil : "\(what): \(Set(operations.map(\.tool)).sorted().joined(separator: ", "))"
        }
        switch model {
        case .counter: return shared("the counter is the same in every round", operations.filter { !isScoped($0) })
        case .register: return shared("the register is the same in every round", operations.filter { !isScoped($0) })
        // Elements are new in each round; a limit or a count, though, is of the set as a whole.
        case .set where capacity == nil: return shared("the set is the same in every round", operations.filter { !isScoped($0, ["element"]) })
        case .set: return shared("the set is the same in every round", operations.filter { !isScoped($0) })
        case .bank: return accounts.allSatisfy { $0.name.names.contains("round") } ? nil : "the accounts are the same in every round"
        case .uniqueID: return nil
        case nil:
            guard invariant?.conditions.contains(where: \.countsAnswers) == true else { return nil }
            let why = "the invariant counts the answers of one round, and what the calls change is the same in every round"
            return shared(why, operations.filter { !isScoped($0) })
        }
    }
}

/// Why a race cannot be run.
public struct RaceError: Error, Sendable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) {
        self.description = description
    }
}
