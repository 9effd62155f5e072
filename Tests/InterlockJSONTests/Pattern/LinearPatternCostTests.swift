import InterlockJSON
import Testing

@Suite("LinearPattern: cost")
struct LinearPatternCostTests {
    static let catastrophic = [
        "^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "(a*)*b", "^(.*a){12}$", "(x+x+)+y", "^([a-zA-Z0-9])(([\\-.]|[_]+)?([a-zA-Z0-9]+))*$",
    ]

    /// Steps that one pattern takes on a text, and whether it matched.
    private func steps(_ pattern: LinearPattern, _ text: String) throws -> (matched: Bool, steps: Int) {
        var text = text
        var budget = Int.max
        let matched = text.withUTF8 { pattern.matches(utf8: $0, budget: &budget) }
        return (try #require(matched as Bool?), Int.max - budget)
    }

    @Test("patterns that make backtracking explode take linear steps on 100,000 bytes", arguments: catastrophic, [0, 256])
    func linear(_ source: String, states: Int) throws {
        let pattern = try LinearPattern(source, limits: PatternLimits(maximumAutomatonStates: states))
        let text = String(repeating: "a", count: 100_000) + "!"
        let (matched, steps) = try steps(pattern, text)
        #expect(!matched)
        #expect(steps <= 2 * (pattern.instructionCount + 1) * (text.utf8.count + 2))
        if pattern.isPrecomputed { #expect(steps <= text.utf8.count) }
    }

    @Test("twice the text takes at most twice the steps and a few")
    func doubling() throws {
        let pattern = try LinearPattern("^(a+)+$", limits: PatternLimits(maximumAutomatonStates: 0))
        let short = try steps(pattern, String(repeating: "a", count: 10_000) + "!").steps
        let long = try steps(pattern, String(repeating: "a", count: 20_000) + "!").steps
        #expect(long <= 2 * short + 50)
    }

    @Test("a match stops at its budget")
    func budget() throws {
        let pattern = try LinearPattern("^(a+)+$", limits: PatternLimits(maximumAutomatonStates: 0))
        var text = String(repeating: "a", count: 10_000)
        var budget = 1_000
        #expect(text.withUTF8 { pattern.matches(utf8: $0, budget: &budget) } == nil)
        #expect(budget > -50)
        let quick = try LinearPattern("^a+$")
        budget = 9_999
        #expect(text.withUTF8 { quick.matches(utf8: $0, budget: &budget) } == nil)
        budget = 10_000
        #expect(text.withUTF8 { quick.matches(utf8: $0, budget: &budget) } == true)
        #expect(budget == 0)
    }

    @Test("a pattern whose automaton would grow exponentially falls back to the simulation")
    func fallback() throws {
        let pattern = try LinearPattern("^.*a.{20}$")
        #expect(!pattern.isPrecomputed)
        #expect(pattern.matches(in: "xa" + String(repeating: "b", count: 20)))
        #expect(!pattern.matches(in: "xa" + String(repeating: "b", count: 21)))
    }

    @Test("an anchored pattern gives up at the first scalar that rules a match out")
    func earlyEnd() throws {
        let text = "b" + String(repeating: "a", count: 100_000)
        for states in [0, 256] {
            let pattern = try LinearPattern("^a+$", limits: PatternLimits(maximumAutomatonStates: states))
            #expect(try steps(pattern, text).steps < 20)
        }
    }
}
