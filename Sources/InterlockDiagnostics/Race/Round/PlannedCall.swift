import InterlockJSON
import InterlockSimulation

/// One call of a round with its values drawn.
struct PlannedCall: Sendable {
    var operation: RacePlan.Operation
    /// From 1, as reports name it.
    var client: Int
    var arguments: RawJSON
    /// What the names in the arguments stand for.
    var drawn: [String: JSONValue]

    /// A drawn text, for a model.
    func text(_ name: String) -> String { drawn[name]?.string ?? "" }

    /// A drawn number, for a model.
    func number(_ name: String) -> Int { drawn[name]?.int ?? 0 }
}

/// Where the names of a race come from: the number of a round, and a word that keeps two races on one server apart.
struct RaceScope: Sendable {
    /// Empty where every round has a server of its own.
    var run = ""
    var round: Int

    /// What `$round` stands for.
    var name: String { run.isEmpty ? "\(round)" : "\(round)-\(run)" }

    var names: [String: JSONValue] { ["round": .string(name)] }
}

extension RacePlan {
    /// The names of the accounts in one round, in a fixed order.
    func accountNames(_ scope: RaceScope) -> [String] { accounts.map { $0.name.fill(scope.names).string ?? "" } }

    /// All calls of one round, by client: the same for the same seed and scope.
    func draw(_ scope: RaceScope, seed: UInt64) -> [[PlannedCall]] {
        var random = SeededRandom(seed: seed &+ UInt64(scope.round) &* 0x9E37_79B9)
        let weighted = operations.flatMap { operation in Array(repeating: operation, count: operation.weight) }
        return (1...clients).map { client in
            (1...calls).map { index in
                let operation = weighted[Int.random(in: 0..<weighted.count, using: &random)]
                var drawn = scope.names
                drawn["client"] = .number(JSONNumber(client))
                drawn["index"] = .number(JSONNumber(index))
                // By name, so that the same seed draws the same whatever the order in a dictionary.
                for (name, generator) in values.sorted(by: { $0.key < $1.key }) { drawn[name] = generator.draw(drawn, random: &random) }
                drawForModel(&drawn, scope, &random)
                return PlannedCall(operation: operation, client: client, arguments: RawJSON(operation.arguments.fill(drawn)), drawn: drawn)
            }
        }
    }

    private func drawForModel(_ drawn: inout [String: JSONValue], _ scope: RaceScope, _ random: inout SeededRandom) {
        switch model {
        case .set: drawn["element"] = .string("e\(Int.random(in: 1...elements, using: &random))-\(scope.name)")
        case .register: drawn["value"] = .number(JSONNumber(Int.random(in: 1...1_000_000, using: &random)))
        case .bank:
            let pair = accountNames(scope).shuffled(using: &random)
            drawn["account"] = .string(pair[0])
            drawn["from"] = .string(pair[0])
            drawn["to"] = .string(pair[1])
            drawn["amount"] = .number(JSONNumber(Int.random(in: 1...maximumAmount, using: &random)))
        case .counter, .uniqueID, nil: break
        }
    }
}
