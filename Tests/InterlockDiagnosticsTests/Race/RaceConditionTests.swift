@testable import InterlockDiagnostics
import InterlockHistory
import InterlockJSON
import InterlockProtocol
import Testing

@Suite("Conditions of an invariant")
struct RaceConditionTests {
    private static let answer: JSONValue = [
        "users": ["ann", "bob", "ann"], "balances": ["a": 120, "b": 80, "c": 100], "open": true, "name": "hall", "rates": [0.1, 0.2],
        "teams": [["size": 2], ["size": 3]], "none": [],
    ]

    private func evidence(_ counts: [String: AnswerCounts] = [:]) -> RaceInvariant.Evidence {
        RaceInvariant.Evidence(CallToolResult(content: [], structuredContent: RawJSON(Self.answer)), counts)
    }

    private func violation(_ text: String, _ counts: [String: AnswerCounts] = [:]) throws -> String? {
        let condition = try RaceCondition(parsing: text)
        return condition.invariant.violation(in: try condition.sides(in: evidence(counts)))?.description
    }

    @Test("that hold", arguments: [
        "size(result.users) == 3", "size(result.users) <= 3", "distinct(result.users) == 2", "sum(result.balances.*) == 300", "sum(result.balances) == 300",
        "min(result.balances.*) >= 0", "max(result.balances.*) < 121", "result.balances.a - result.balances.b == 40", "result.balances.a + 5 > 124",
        "result.open == true", "result.open != false", #"result.name == "hall""#, "result.users.1 == \"bob\"", "sum(result.rates) == 0.3",
        "sum(result.teams.*.size) == 5", "size(result.teams) != size(result.users)", "size(result.none) == 0", "0 == 0", "-1 < 0",
    ])
    func hold(text: String) throws {
        #expect(try violation(text) == nil)
    }

    @Test("that do not, and what is wrong in words", arguments: [
        ("size(result.users) <= 2", "size(result.users) is 3"), ("sum(result.balances.*) == 301", "sum(result.balances.*) is 300"),
        ("result.balances.a < result.balances.c", "result.balances.a is 120 and result.balances.c is 100"), ("result.open == false", "result.open is true"),
        ("size(result.users) - 1 > 2", "size(result.users) - 1 is 2"), ("result.name == 3", "result.name is \"hall\""), ("sum(result.rates) == 0.31", "sum(result.rates) is 0.3"),
    ])
    func broken(text: String, words: String) throws {
        let violation = try #require(try violation(text))
        #expect(violation.hasPrefix("expected \(text), but ") && violation.contains(words), "\(violation)")
    }

    @Test("allow that a call without a clear answer took effect, and that it did not", arguments: [
        (3, 2, true), (2, 2, true), (4, 2, true), (5, 2, false), (1, 2, false), (3, 0, false), (2, 0, true),
    ])
    func counts(users: Int, failed: Int, holds: Bool) throws {
        var counts = AnswerCounts()
        counts.done = 2
        counts.failed = failed
        #expect(try (violation("\(users) == done(register)", ["register": counts]) == nil) == holds)
        #expect(try (violation("\(users) - done(register) == 0", ["register": counts]) == nil) == holds)
    }

    @Test("that cannot be read say why", arguments: [
        ("size(result.users)", "two sides"), ("size(result.users <= 3", "closing bracket"), ("siez(result.users) == 3", "did you mean size(…)"),
        ("users == 3", "places begin with 'result'"), ("result..a == 3", "empty step"), ("result.a == == 3", "two sides"), ("result.a == \"x", "quotation mark"),
        ("result.a 3 == 3", "one too many"), ("result.a + == 3", "one side ends"), ("== 3", "one side ends"),
    ])
    func unreadable(text: String, part: String) throws {
        let error = try #require(throws: ConfigurationError.self) { try RaceCondition(parsing: text) }
        #expect(error.description.contains(part) && error.path == "holds", "\(error)")
    }

    @Test("that ask for what the answer does not have are mistakes of the plan", arguments: [
        ("result.user == 3", "result has no 'user'"), ("size(result.name) == 1", "no elements"), ("sum(result.users) == 3", "needs numbers"),
        ("result.users.* == 3", "has 3 values"), ("max(result.none) == 1", "there are no elements"), ("result.name + 1 == 3", "only numbers"),
    ])
    func missing(text: String, part: String) throws {
        let condition = try RaceCondition(parsing: text)
        let error = try #require(throws: RaceError.self) { try condition.sides(in: evidence()) }
        #expect(error.description.contains(part) && error.description.contains(text), "\(error)")
    }

    @Test("take an answer without structured content as JSON, or else as the first number in its text", arguments: [
        (#"{"value": 7}"#, "result.value == 7"), ("[1, 2]", "size(result) == 2"), ("there are 12 users", "result == 12"), ("none", #"result == "none""#),
    ])
    func text(answer: String, condition: String) throws {
        let condition = try RaceCondition(parsing: condition)
        let evidence = RaceInvariant.Evidence(CallToolResult(content: [.text(answer)]), [:])
        #expect(condition.invariant.violation(in: try condition.sides(in: evidence)) == nil)
    }
}
