import InterlockSimulation
import Testing

@Suite("A replay string")
struct ReplayStringTests {
    @Test("is short and reads as documented", arguments: [
        (ReplayString(seed: 42, choices: Array(repeating: 0, count: 14) + [2, 0, 0, 0, 1]), "x1.2a..14b3a"),
        (ReplayString(seed: 0, choices: []), "x1.0.."),
        (ReplayString(seed: 255, choices: [0, 0, 0]), "x1.ff.."),
        (ReplayString(seed: 1, choices: [26, 27, 300]), "x1.1..z{27}{300}"),
        (ReplayString(seed: 1, operations: [OperationMask(isKept: [true, false, true, false]), OperationMask(isKept: [])], choices: [1]), "x1.1.5-0.a"),
    ])
    func text(replay: ReplayString, text: String) throws {
        #expect(replay.text == text)
        #expect(try ReplayString(text).text == text)
    }

    @Test("gives back what went in, trailing defaults aside", arguments: 0..<100)
    func roundTrip(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        var choices = (0..<Int.random(in: 0...60, using: &random)).map { _ in
            Int.random(in: 0...3, using: &random) > 0 ? 0 : Int.random(in: 0...40, using: &random)
        }
        let masks = (0..<Int.random(in: 0...4, using: &random)).map { _ in
            OperationMask(isKept: (0..<4 * Int.random(in: 1...3, using: &random)).map { _ in Bool.random(using: &random) })
        }
        let replay = ReplayString(seed: random.next(), operations: masks.isEmpty ? nil : masks, choices: choices)
        let again = try ReplayString(replay.text)
        while choices.last == 0 { choices.removeLast() }
        #expect(again.choices == choices)
        #expect(again.seed == replay.seed)
        #expect(again.operations == replay.operations)
    }

    @Test("that is damaged is refused with what is wrong", arguments: [
        "", "x1", "x2.0..", "x1.zz..", "x1.0..A", "x1.0..{5", "x1.0..{5}", "x1.0..{x}", "x1.0.g.", "x1.0.1--1.", "x1.0..99999999999999999999",
        "x1.0..2000000", "x1.0..é",
    ])
    func damaged(text: String) {
        let error = #expect(throws: ExplorationError.self) { try ReplayString(text) }
        #expect(error?.code == .invalidReplay)
    }
}
