import InterlockJSON
import InterlockSimulation

/// One call of a round with its values drawn.
struct PlannedCall: Sendable {
    var operation: RacePlan.Operation
    var arguments: RawJSON
    var drawn: DrawnValues
}

/// What the placeholders of one call stand for.
struct DrawnValues: Sendable {
    var element = ""
    var account = ""
    var from = ""
    var to = ""
    var amount = 0
    var value = 0

    init(_ plan: RacePlan, round: Int, random: inout SeededRandom) {
        let elements = max(1, plan.elements ?? max(8, 2 * (plan.capacity ?? 0)))
        element = "e\(Int.random(in: 1...elements, using: &random))-\(round)"
        amount = Int.random(in: 1...max(1, plan.maximumAmount ?? 100), using: &random)
        value = Int.random(in: 1...1_000_000, using: &random)
        let accounts = plan.accountNames(round: round)
        guard accounts.count >= 2 else { return }
        account = accounts.randomElement(using: &random) ?? ""
        let pair = accounts.shuffled(using: &random)
        (from, to) = (pair[0], pair[1])
    }

    /// The arguments with the placeholders replaced.
    func fill(_ json: JSONValue, round: Int) -> JSONValue {
        switch json {
        case .string("$element"): .string(element)
        case .string("$account"): .string(account)
        case .string("$from"): .string(from)
        case .string("$to"): .string(to)
        case .string("$amount"): .number(JSONNumber(amount))
        case .string("$value"): .number(JSONNumber(value))
        case .string(let text): .string(text.replacing("$round", with: "\(round)"))
        case .array(let elements): .array(elements.map { fill($0, round: round) })
        case .object(let members): .object(JSONObject(members.map { ($0.key, fill($0.value, round: round)) }))
        default: json
        }
    }
}

extension RacePlan {
    /// The names of the accounts in one round, in a fixed order.
    func accountNames(round: Int) -> [String] {
        (accounts ?? [:]).keys.sorted().map { $0.replacing("$round", with: "\(round)") }
    }

    /// All calls of one round, by client: the same for the same seed.
    func draw(round: Int, seed: UInt64) -> [[PlannedCall]] {
        var random = SeededRandom(seed: seed &+ UInt64(round) &* 0x9E37_79B9)
        let weighted = operations.flatMap { operation in Array(repeating: operation, count: max(1, min(100, operation.weight ?? 1))) }
        return (0..<(clients ?? 8)).map { _ in
            (0..<(calls ?? 4)).map { _ in
                let operation = weighted[Int.random(in: 0..<weighted.count, using: &random)]
                let drawn = DrawnValues(self, round: round, random: &random)
                return PlannedCall(operation: operation, arguments: RawJSON(drawn.fill(operation.arguments ?? [:], round: round)), drawn: drawn)
            }
        }
    }
}
