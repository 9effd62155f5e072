public import InterlockJSON

/// What a race makes a server do at once, and what must hold whatever the order: the contents of a plan file.
///
/// ```json
/// {
///   "model": "set", "capacity": 10, "clients": 8, "calls": 4, "rounds": 25,
///   "operations": [ {"does": "add", "tool": "register_user", "arguments": {"userId": "$element"}} ],
///   "elements": 20
/// }
/// ```
///
/// In the arguments `$element`, `$account`, `$from`, `$to`, `$amount` and `$value` stand for drawn values, as a whole string with the type of the value;
/// `$round` inside a string is the number of the round, for servers that live longer than one.
public struct RacePlan: Sendable, Decodable {
    /// The promise that is checked.
    public enum Model: String, Sendable, Decodable, CaseIterable {
        /// `add` and `read`: no update is lost.
        case counter
        /// `write` and `read`: who reads sees the last value written.
        case register
        /// `add`, `contains`, `count`: never more than `capacity`, none twice.
        case set
        /// `transfer` and `balance`: money is conserved, no account is overdrawn.
        case bank
        /// `generate`: no id twice.
        case uniqueID = "unique-id"
    }

    /// One kind of call.
    public struct Operation: Sendable, Decodable {
        /// What it does to the model.
        public var does: String
        public var tool: String
        public var arguments: JSONValue?
        /// How often it is drawn beside the others [1].
        public var weight: Int?
        /// Where the answer's value stands in `structuredContent`, member names between dots; without it the first whole number of the text counts.
        public var result: String?
    }

    /// A call before each round, made alone.
    public struct Step: Sendable, Decodable {
        public var tool: String
        public var arguments: JSONValue?
    }

    public var model: Model
    /// Clients that call at the same time [8].
    public var clients: Int?
    /// Calls of each client in a round [4].
    public var calls: Int?
    /// Rounds [25].
    public var rounds: Int?
    public var prepare: [Step]?
    public var operations: [Operation]
    /// The most a set may hold.
    public var capacity: Int?
    /// How many different elements are drawn [twice the capacity, at least 8].
    public var elements: Int?
    /// What is in each account after `prepare`; names may contain `$round`.
    public var accounts: [String: Int]?
    /// The largest amount that is drawn [100].
    public var maximumAmount: Int?
    /// Where a counter starts [0].
    public var start: Int?

    /// Reads a plan and checks that it can be carried out. Throws ``RaceError`` that names the member.
    public init(parsing text: String) throws {
        do {
            self = try RawJSON(parsing: text).decode(RacePlan.self)
        } catch {
            throw RaceError("the plan cannot be read: \(error)")
        }
        let known: [Model: Set<String>] = [
            .counter: ["add", "read"], .register: ["write", "read"], .set: ["add", "contains", "count"], .bank: ["transfer", "balance"], .uniqueID: ["generate"],
        ]
        guard !operations.isEmpty else { throw RaceError("the plan has no operations") }
        for operation in operations where known[model]?.contains(operation.does) != true {
            throw RaceError("operations: '\(operation.does)' is nothing a \(model.rawValue) does; use \(known[model, default: []].sorted().joined(separator: ", "))")
        }
        if model == .set, capacity ?? 0 < 1 { throw RaceError("a set needs its \"capacity\", at least 1") }
        if model == .bank, (accounts?.count ?? 0) < 2 { throw RaceError("a bank needs at least two \"accounts\" with what is in them") }
        for (name, number, range) in [("clients", clients, 1...256), ("calls", calls, 1...64), ("rounds", rounds, 1...10_000)] {
            if let number, !range.contains(number) { throw RaceError("\(name): \(number) is not from \(range.lowerBound) to \(range.upperBound)") }
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
