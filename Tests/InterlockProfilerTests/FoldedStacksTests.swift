import InterlockSimulation
import Testing

@testable import InterlockProfiler

@Suite("Folded stacks")
struct FoldedStacksTests {
    private static func frame(_ text: String) -> StackFrame {
        let parts = text.split(separator: "`")
        return parts.count == 2 ? StackFrame(symbol: String(parts[1]), module: String(parts[0])) : StackFrame(symbol: text)
    }

    @Test("equal stacks count together, the most frequent come first, and the total is all that was added")
    func counts() {
        var stacks = FoldedStacks()
        stacks.add(["a", "b"].map(Self.frame))
        stacks.add(["a", "c"].map(Self.frame), count: 3)
        stacks.add(["a", "b"].map(Self.frame))
        stacks.add(["a"].map(Self.frame), count: 0)
        #expect(stacks.total == 5)
        #expect(stacks.text == "a;c 3\na;b 2\n")
    }

    @Test("a text is read as it was written", arguments: ["a;b;c 12\n", "libc.so.6`read 3\na;b 2\n", "Array<Int>.map(_:) 5\n", "`f`o`o 4\n"])
    func roundTrip(text: String) throws {
        #expect(try FoldedStacks(parsing: text).text == text)
    }

    @Test("names cannot break the format")
    func hostile() throws {
        var stacks = FoldedStacks()
        stacks.add([StackFrame(symbol: "a;b\nc 7", module: "m`n;o"), StackFrame(symbol: "", module: ""), StackFrame(symbol: "x`y")], count: 2)
        let read = try FoldedStacks(parsing: stacks.text)
        #expect(read == stacks && read.total == 2 && read.stacks[0].frames.count == 3)
    }

    @Test("what is no folded stack is refused with its line", arguments: [("a;b", 1), ("a 1\n\nb x", 3), (" 4", 1), ("a 1\nb -1", 2)])
    func refused(text: String, line: Int) {
        #expect { try FoldedStacks(parsing: text) } throws: { ($0 as? FoldedStacksError)?.line == line }
    }

    @Test("depth and number of stacks are bounded, and nothing is lost from the total")
    func bounds() {
        var stacks = FoldedStacks()
        stacks.add((0..<2_000).map { StackFrame(symbol: "f\($0)") })
        #expect(stacks.stacks[0].frames.count == 512 && stacks.stacks[0].frames.last?.symbol == "(deeper frames)")
        for number in 0..<50_100 { stacks.add([StackFrame(symbol: "root"), StackFrame(symbol: "\(number)")]) }
        #expect(stacks.total == 50_101)
        #expect(stacks.stacks[0].frames.last?.symbol == "(other stacks)" && stacks.stacks[0].count == 101)
        var huge = FoldedStacks()
        huge.add([StackFrame(symbol: "a")], count: .max)
        huge.add([StackFrame(symbol: "a")], count: .max)
        #expect(huge.total == .max)
    }

    @Test("counts that nobody could add up are refused, one by one and together", arguments: [
        ("main;a 9223372036854775807", 1), ("main;a 9007199254740992\nmain;b 1", 2), ("main;a 9007199254740992", nil),
    ])
    func counts(text: String, line: Int?) throws {
        guard let line else { return #expect(try FoldedStacks(parsing: text).total == 9_007_199_254_740_992) }
        let error = #expect(throws: FoldedStacksError.self) { try FoldedStacks(parsing: text) }
        #expect(error?.line == line)
    }

    @Test("any stacks survive text and parsing", arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
    func random(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let letters: [Character] = Array("ab;`\n 1é<&") + ["\u{301}", "\u{2028}", "\r\n"]
        var stacks = FoldedStacks()
        for _ in 0..<200 {
            let frames = (0..<Int.random(in: 0...5, using: &random)).map { _ in
                StackFrame(
                    symbol: String((0..<Int.random(in: 0...4, using: &random)).map { _ in letters.randomElement(using: &random)! }),
                    module: Bool.random(using: &random) ? String((0..<2).map { _ in letters.randomElement(using: &random)! }) : nil)
            }
            stacks.add(frames, count: Int.random(in: 1...9, using: &random))
        }
        #expect(try FoldedStacks(parsing: stacks.text) == stacks)
    }
}
