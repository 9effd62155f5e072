import InterlockJSON
import Testing

@Suite("Limits")
struct LimitTests {
    private func code(_ text: String, _ limits: JSONLimits) -> JSONError.Code? {
        do {
            let raw = try RawJSON(parsing: text, limits: limits)
            _ = raw.value()
            return nil
        } catch { return error.code }
    }

    private func nested(_ depth: Int, _ open: String = "[", _ close: String = "]") -> String {
        String(repeating: open, count: depth) + String(repeating: close, count: depth)
    }

    @Test("depth counts the open containers")
    func depth() {
        let limits = JSONLimits(maximumDepth: 3)
        #expect(code("1", JSONLimits(maximumDepth: 0)) == nil)
        #expect(code("[]", JSONLimits(maximumDepth: 0)) == .depthExceeded)
        #expect(code(nested(3), limits) == nil)
        #expect(code(nested(4), limits) == .depthExceeded)
        #expect(code(#"{"a":{"b":{"c":1}}}"#, limits) == nil)
        #expect(code(#"{"a":{"b":{"c":[]}}}"#, limits) == .depthExceeded)
        #expect(code("[[[]],[[]],[[1]]]", limits) == nil)
    }

    @Test("every depth around a word of the container stack is kept apart", arguments: [62, 63, 64, 65, 127, 128, 129, 200, 512])
    func deepNesting(depth: Int) throws {
        let limits = JSONLimits(maximumDepth: 512)
        #expect(code(nested(depth), limits) == nil)
        #expect(code(nested(depth, "[", "]") + "]", limits) == .trailingBytes)
        // Alternating kinds: the wrong bracket at any level must not pass.
        let opening = (0..<depth).map { $0 % 3 == 0 ? #"{"k":"# : "[" }
        let closing = (0..<depth).reversed().map { $0 % 3 == 0 ? "}" : "]" }
        #expect(code((opening + ["0"] + closing).joined(), limits) == nil)
        for level in stride(from: 0, to: depth, by: 7) {
            var wrong = closing
            wrong[level] = wrong[level] == "}" ? "]" : "}"
            #expect(code((opening + ["0"] + wrong).joined(), limits) == .syntax)
        }
    }

    @Test("no limit allows more than the deepest nesting")
    func deepest() {
        let limits = JSONLimits(maximumDepth: .max)
        #expect(code(nested(JSONLimits.deepestNesting), limits) == nil)
        #expect(code(nested(JSONLimits.deepestNesting + 1), limits) == .depthExceeded)
        #expect(code(String(repeating: "[", count: 3_000_000), limits) == .depthExceeded)
        #expect(code(nested(129), .default) == .depthExceeded)
    }

    @Test("size counts every byte, white space too")
    func size() {
        #expect(code("[1]", JSONLimits(maximumBytes: 3)) == nil)
        #expect(code("[1] ", JSONLimits(maximumBytes: 3)) == .sizeExceeded)
        #expect(code("\"" + String(repeating: "a", count: 4 << 20) + "\"", .default) == .sizeExceeded)
    }

    @Test("keys count in all objects together")
    func keys() {
        let limits = JSONLimits(maximumKeys: 3)
        #expect(code(#"{"a":1,"b":{"c":2}}"#, limits) == nil)
        #expect(code(#"{"a":1,"b":{"c":2,"d":3}}"#, limits) == .keyCountExceeded)
        #expect(code(#"[{"a":1},{"a":1},{"a":1},{"a":1}]"#, limits) == .keyCountExceeded)
        let many = "{" + (0...100_000).map { "\"\($0)\":0" }.joined(separator: ",") + "}"
        #expect(code(many, .default) == .keyCountExceeded)
    }

    @Test("a message scan keeps the same limits")
    func messages() {
        func refusal(_ text: String, _ limits: JSONLimits) -> JSONError.Code? {
            do {
                _ = try ScannedMessage.scanInput(Array(text.utf8), limits: limits)
                return nil
            } catch {
                #expect(error.code == .parse)
                return error.cause?.code
            }
        }
        let message = #"{"jsonrpc":"2.0","method":"m","params":{"a":[1]}}"#
        #expect(refusal(message, JSONLimits(maximumDepth: 3)) == nil)
        #expect(refusal(message, JSONLimits(maximumDepth: 2)) == .depthExceeded)
        #expect(refusal(message, JSONLimits(maximumDepth: 0)) == .depthExceeded)
        #expect(refusal("[\(message)]", JSONLimits(maximumDepth: 4)) == nil)
        #expect(refusal("[\(message)]", JSONLimits(maximumDepth: 3)) == .depthExceeded)
        #expect(refusal(message, JSONLimits(maximumKeys: 3)) == .keyCountExceeded)
        #expect(refusal(message, JSONLimits(maximumBytes: 20)) == .sizeExceeded)
    }
}
