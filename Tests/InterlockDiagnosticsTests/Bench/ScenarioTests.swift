import Foundation
import InterlockJSON
import Testing

@testable import InterlockDiagnostics

@Suite("Scenario files")
struct ScenarioTests {
    @Test("errors name the place", arguments: [
        (#"{"calls":[{"tool":"a","weight":0}]}"#, "calls[0].weight"), (#"{"calls":[{"tool":"a","wieght":1}]}"#, "calls[0].wieght"),
        (#"{"calls":[{"tool":"a","arguments":{"q":["{{rnd}}"]}}]}"#, "calls[0].arguments.q[0]"), (#"{"calls":[]}"#, "calls"),
        (#"{"calls":[{"tool":"a"}],"phases":[{"rate":1}]}"#, "phases[0]"),
    ])
    func errors(text: String, path: String) {
        let error = #expect(throws: ScenarioError.self) { try Scenario(parsing: text) }
        #expect(error?.path == path)
    }

    @Test("the same call for the same seed, numbers where a place stands alone")
    func templates() throws {
        let template = try ArgumentTemplate(["n": "{{counter}}", "s": "item {{counter}}", "u": "{{uuid}}", "c": "{{choice x y}}"])
        let mix = ToolMix([.init(tool: "a", arguments: template)])
        let call = mix.call(7, seed: 1)
        #expect(call.arguments == mix.call(7, seed: 1).arguments)
        #expect(call.arguments["n"]?.int == 7 && call.arguments["s"]?.string == "item 7" && call.arguments["u"]?.string?.count == 36)
    }

    @Test("made arguments are valid", arguments: 0..<20)
    func examples(seed: UInt64) throws {
        let text = ##"""
            {"type":"object","required":["a","b"],"$defs":{"b":{"type":"string","minLength":12,"maxLength":14}},"properties":{
              "a":{"type":"integer","minimum":3,"maximum":9,"multipleOf":3},"b":{"$ref":"#/$defs/b"},
              "c":{"type":"array","items":{"enum":["x"]},"minItems":2}}}
            """##
        let schema = try RawJSON(parsing: text)
        #expect(try JSONSchema(schema.value()).isValid(SchemaExample(schema).value(seed: seed)))
    }

    @Test("arguments made from a schema differ from call to call, are the same for the same seed, and each is valid")
    func examplesInTurn() throws {
        let schema = try RawJSON(parsing: #"{"type":"object","required":["n"],"properties":{"n":{"type":"integer","minimum":1,"maximum":1000000}}}"#)
        func calls(_ seed: UInt64) throws -> [RawJSON] {
            let mix = ToolMix([.init(tool: "a", arguments: try ArgumentTemplate(SchemaExample(schema), seed: seed))])
            return (0..<600).map { mix.call($0, seed: seed).arguments }
        }
        let made = try calls(1)
        #expect(Set(made.map(\.description)).count > 200)
        #expect(try made == calls(1) && made != calls(2))
        let compiled = try JSONSchema(schema.value())
        #expect(made.allSatisfy { compiled.validate($0.value()).isEmpty })
    }

    @Test("a constant schema makes one example, and braces in an example are only braces")
    func literalExamples() throws {
        let schema = try RawJSON(parsing: #"{"type":"object","required":["t"],"properties":{"t":{"enum":["{{counter}}"]},"u":{"const":"{{"}}}"#)
        let template = try ArgumentTemplate(SchemaExample(schema), seed: 1)
        let mix = ToolMix([.init(tool: "a", arguments: template)])
        #expect(template.source.array?.count == 2)
        #expect((0..<20).allSatisfy { mix.call($0, seed: 1).arguments["t"]?.string == "{{counter}}" })
    }

    @Test("texts for simple patterns are made", arguments: [
        "^[a-z0-9_]+$", "^\\d{4}-\\d{2}$", "^(?:GET|POST) /[\\w.-]{1,20}$", "^[^a-z]{3,}$", "colou?r", "^(a|b(c|d))*x+?$", "^[A-Z]{2}-[0-9]{3,5}$",
        "^\\s*\\w+@\\w+\\.(com|org)$", "^(?<year>20\\d\\d)$", "^[\\]a-c-]$", "",
    ])
    func patterns(pattern: String) throws {
        for seed in UInt64(0)..<20 {
            let value: JSONValue = ["type": "string", "pattern": .string(pattern)]
            let made = try SchemaExample(RawJSON(value)).value(seed: seed)
            #expect(try LinearPattern(pattern).matches(in: #require(made.string)))
        }
    }

    @Test("a long enough text for a pattern and a length")
    func patternAndLength() throws {
        let schema = try RawJSON(parsing: #"{"type":"string","pattern":"^[a-f]+$","minLength":12,"maxLength":30}"#)
        for seed in UInt64(0)..<20 { #expect(try SchemaExample(schema).value(seed: seed).string!.count >= 12) }
    }

    @Test("of a pattern that is not simple the error names the property")
    func unsupportedPattern() throws {
        let schema = try RawJSON(parsing: #"{"type":"object","required":["code"],"properties":{"code":{"type":"string","pattern":"^\\p{Lu}{4}$"}}}"#)
        let error = #expect(throws: ScenarioError.self) { try SchemaExample(schema).value(seed: 1) }
        #expect(error?.message.contains("/code") == true && error?.message.contains("--arguments") == true)
        for pattern in ["(?=a)b", "(a)\\1", "a\\b", "[b-a]", "(", "[", "a{2"] { #expect(PatternExample(pattern) == nil) }
    }

    @Test("bounds no integer holds do no harm")
    func wideBounds() throws {
        let schema = try RawJSON(parsing: #"{"type":"integer","minimum":-1e300,"maximum":1e300}"#)
        #expect(try JSONSchema(schema.value()).isValid(SchemaExample(schema).value(seed: 1)))
    }

    @Test("the scenario in the guide can be read, and its calls be made")
    func guide() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../docs/bench.md")
        let guide = try String(contentsOf: path, encoding: .utf8)
        let start = try #require(guide.firstRange(of: "```json\n")).upperBound
        let end = try #require(guide[start...].firstRange(of: "```")).lowerBound
        let scenario = try Scenario(parsing: String(guide[start..<end]))
        #expect(scenario.seed == 7 && scenario.agents == 20 && scenario.calls.map(\.weight) == [8, 2, 1] && scenario.phases.count == 3)
        let mix = ToolMix(scenario.calls.map { .init(tool: $0.tool, weight: $0.weight, arguments: $0.arguments ?? .empty) })
        let calls = (0..<200).map { mix.call($0, seed: 7) }
        #expect(Set(calls.map(\.tool)) == ["search_documents", "count_words", "hash_password"])
        #expect(calls.allSatisfy { $0.tool != "search_documents" || (1...10).contains($0.arguments["limit"]?.int ?? 0) })
    }
}
