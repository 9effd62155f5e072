@testable import InterlockDiagnostics
import InterlockJSON
import InterlockProtocol
import Testing

@Suite("The plan of a race")
struct RacePlanTests {
    @Test("that cannot be carried out says where and what, and the nearest right word", arguments: [
        ("{", "cannot be read"),
        (#"{"model":"counter","operations":[]}"#, "\"operations\" is empty"),
        (#"{"model":"counter"}"#, "\"operations\" is missing"),
        (#"{"operations":[{"tool":"t"}]}"#, "give a \"model\", an \"invariant\", or both"),
        (#"{"model":"counters","operations":[{"does":"add","tool":"t"}]}"#, "\"model\" is \"counters\""),
        (#"{"model":"counter","operations":[{"does":"transfer","tool":"t"}]}"#, "\"operations[0].does\" is \"transfer\""),
        (#"{"model":"counter","operations":[{"does":"add","tool":"t","wieght":3}]}"#, "\"operations[0].wieght\" is no setting; did you mean \"weight\"?"),
        (#"{"model":"counter","cleints":3,"operations":[{"does":"add","tool":"t"}]}"#, "did you mean \"clients\"?"),
        (#"{"model":"counter","clients":0,"operations":[{"does":"add","tool":"t"}]}"#, "\"clients\" is 0"),
        (#"{"model":"counter","capacity":3,"operations":[{"does":"add","tool":"t"}]}"#, "\"capacity\" belongs to the model \"set\""),
        (#"{"model":"set","capacity":-1,"operations":[{"does":"add","tool":"t","arguments":{"id":"$element"}}]}"#, "\"capacity\" is -1"),
        (#"{"model":"set","operations":[{"does":"add","tool":"t"}]}"#, "nowhere has \"$element\""),
        (#"{"model":"register","operations":[{"does":"write","tool":"t","arguments":{"v":"$number"}}]}"#, "\"operations[0].arguments.v\" has \"$number\""),
        (#"{"model":"set","operations":[{"does":"add","tool":"t","arguments":{"id":["$elemnt"]}}]}"#, "did you mean \"$element\"?"),
        (#"{"model":"counter","operations":[{"does":"add","tool":"t","arguments":{"by":"$amount"}}]}"#, "stands for nothing here"),
        (#"{"model":"bank","accounts":{"a":1},"operations":[{"does":"balance","tool":"t","arguments":{"id":"$account"}}]}"#, "at least two accounts"),
        (#"{"model":"bank","accounts":{"a":1,"b":-5},"operations":[{"does":"balance","tool":"t","arguments":{"id":"$account"}}]}"#, "\"accounts.b\" is -5"),
        (#"{"model":"bank","maximumAmount":-5,"accounts":{"a":1,"b":5},"operations":[{"does":"balance","tool":"t","arguments":{"id":"$account"}}]}"#, "maximumAmount"),
        (#"{"model":"counter","reset":{"tool":"t","arguments":{"a":"$client"}},"operations":[{"does":"add","tool":"t"}]}"#, "\"reset.arguments.a\" has \"$client\""),
        (#"{"model":"counter","refusals":[{"txt":"no"}],"operations":[{"does":"add","tool":"t"}]}"#, "did you mean \"text\"?"),
        (#"{"model":"counter","refusals":[{"field":"a"}],"operations":[{"does":"add","tool":"t"}]}"#, "\"refusals[0]\" has to be"),
        (#"{"model":"counter","values":{"page":{"integer":[9,1]}},"operations":[{"does":"add","tool":"t"}]}"#, "\"values.page.integer\""),
        (#"{"model":"counter","values":{"round":{"unique":"a"}},"operations":[{"does":"add","tool":"t"}]}"#, "has a meaning already"),
        (#"{"invariant":{"holds":"size(result) == 1"},"operations":[{"tool":"t"}]}"#, "needs a call that reads the result"),
        (#"{"invariant":{"tool":"r","holds":"result == done(tt)"},"operations":[{"tool":"t"}]}"#, "did you mean \"t\"?"),
        (#"{"invariant":{"tool":"r","holds":"result == 1"},"operations":[{"tool":"t","does":"add"}]}"#, "\"operations[0].does\""),
    ])
    func badPlans(plan: String, part: String) throws {
        let error = try #require(throws: RaceError.self) { try RacePlan(parsing: plan) }
        #expect(error.description.contains(part), "\(error)")
    }

    private func drawn(_ plan: String, run: String = "", round: Int = 1) throws -> [PlannedCall] {
        try RacePlan(parsing: plan).draw(RaceScope(run: run, round: round), seed: 3).flatMap { $0 }
    }

    @Test("draws integers, choices, texts and unique ids with their types, the same for the same seed")
    func generators() throws {
        let plan = #"""
            {"invariant":{"holds":"done(t) >= 0"},"clients":4,"calls":5,"operations":[{"tool":"t","arguments":
              {"page":"$page","kind":"$kind","name":"$name","id":"$id","mixed":"p$page-$$","list":["$client","$index"],"round":"$round"}}],
             "values":{"page":{"integer":[3,5]},"kind":{"oneOf":["a",7,null]},"name":{"text":"u-$round-$client-$index"},"id":{"unique":"o-"}}}
            """#
        let calls = try drawn(plan, run: "x9", round: 2).map { $0.arguments.value() }
        #expect(calls.count == 20)
        #expect(Set(calls.compactMap { $0["page"]?.int }) == [3, 4, 5])
        #expect(Set(calls.compactMap { $0["kind"] }).isSubset(of: ["a", 7, nil]) && Set(calls.compactMap { $0["kind"] }).count > 1)
        #expect(Set(calls.compactMap { $0["id"]?.string }).count == 20)
        #expect(calls[6]["name"] == "u-2-x9-2-2" && calls[6]["list"] == [2, 2] && calls[6]["round"] == "2-x9")
        #expect(calls.allSatisfy { $0["mixed"]?.string == "p\($0["page"]?.int ?? 0)-$" })
        #expect(try drawn(plan, run: "x9", round: 2).map { $0.arguments.value() } == calls)
        #expect(try Set(drawn(plan, run: "x9", round: 3).compactMap { $0.arguments.value()["id"]?.string }).isDisjoint(with: calls.compactMap { $0["id"]?.string }))
    }

    @Test("knows whether a round meets what another has left", arguments: [
        (#"{"model":"counter","operations":[{"does":"add","tool":"t"}]}"#, true),
        (#"{"model":"counter","operations":[{"does":"add","tool":"t","arguments":{"n":"c-$round"}}]}"#, false),
        (#"{"model":"counter","operations":[{"does":"add","tool":"t","arguments":{"n":"c-$round"}},{"does":"read","tool":"r"}]}"#, true),
        (#"{"model":"counter","reset":{"tool":"zero"},"operations":[{"does":"add","tool":"t"}]}"#, false),
        (#"{"model":"set","capacity":3,"operations":[{"does":"add","tool":"t","arguments":{"e":"$element"}}]}"#, true),
        (#"{"model":"set","operations":[{"does":"add","tool":"t","arguments":{"e":"$element"}}]}"#, false),
        (#"{"model":"set","operations":[{"does":"add","tool":"t","arguments":{"e":"$element"}},{"does":"count","tool":"n"}]}"#, true),
        (#"{"model":"bank","accounts":{"a":1,"b":1},"operations":[{"does":"balance","tool":"t","arguments":{"e":"$account"}}]}"#, true),
        (#"{"model":"bank","accounts":{"a$round":1,"b$round":1},"operations":[{"does":"balance","tool":"t","arguments":{"e":"$account"}}]}"#, false),
        (#"{"model":"unique-id","operations":[{"does":"generate","tool":"t"}]}"#, false),
        (#"{"model":"register","values":{"k":{"unique":"k"}},"operations":[{"does":"write","tool":"t","arguments":{"k":"$k","v":"$value"}}]}"#, false),
        (#"{"invariant":{"tool":"r","holds":"size(result) <= 10"},"operations":[{"tool":"t"}]}"#, false),
        (#"{"invariant":{"tool":"r","holds":"size(result) == done(t)"},"operations":[{"tool":"t"}]}"#, true),
    ])
    func keptState(plan: String, keeps: Bool) throws {
        let plan = try RacePlan(parsing: plan)
        #expect((plan.keptState != nil) == keeps, "\(plan.keptState ?? "")")
        if keeps {
            let error = try #require(throws: RaceError.self) { try RaceRun(plan, seed: 1, server: .kept) }
            #expect(error.description.contains("$round"))
        } else {
            _ = try RaceRun(plan, seed: 1, server: .kept)
        }
    }

    @Test("says which errors are refusals; any other may have taken effect")
    func refusals() throws {
        let plan = try RacePlan(parsing: #"""
            {"model":"counter","refusals":[{"text":"LIMIT"},{"field":"error.code","is":"full"},{"code":-32010}],"operations":[{"does":"add","tool":"t"},
             {"does":"read","tool":"r","refusals":[]}]}
            """#)
        func kind(_ answer: RaceAnswer) -> String {
            switch answer {
            case .done: "done"
            case .unreadable: "unreadable"
            case .refused: "refused"
            case .busy: "busy"
            case .failed: "failed"
            }
        }
        func error(_ text: String, _ structured: JSONValue? = nil) -> CallToolResult {
            CallToolResult(content: [.text(text)], structuredContent: structured.map { RawJSON($0) }, isError: true)
        }
        let (add, read) = (plan.operations[0], plan.operations[1])
        #expect(kind(RaceAnswer(error("the limit is reached"), add)) == "refused")
        #expect(kind(RaceAnswer(error("sorry", ["error": ["code": "full"]]), add)) == "refused")
        #expect(kind(RaceAnswer(error("sorry", ["error": ["code": "down"]]), add)) == "failed")
        #expect(kind(RaceAnswer(error("the limit is reached"), read)) == "failed")
        #expect(kind(RaceAnswer(ProtocolError(code: .init(rawValue: -32010), message: "no"), add)) == "refused")
        #expect(kind(RaceAnswer(ProtocolError(code: .internalError, message: "no"), add)) == "failed")
    }

    @Test("makes all its calls, each once, whatever the shape of a round")
    func shapes() throws {
        let plan = try RacePlan(parsing: #"{"model":"counter","clients":5,"calls":3,"operations":[{"does":"add","tool":"t","arguments":{"a":"$client.$index"}}]}"#)
        let calls = plan.draw(RaceScope(round: 1), seed: 1)
        let all = calls.flatMap { $0.map(\.arguments.description) }.sorted()
        for (shape, phases, lanes) in [(RoundShape.burst, 1, 15), (.waves, 3, 5), (.streams, 1, 5)] {
            let made = shape.phases(calls)
            #expect(made.count == phases && made.allSatisfy { $0.count == lanes })
            #expect(made.flatMap { $0.flatMap { $0 } }.map(\.arguments.description).sorted() == all)
        }
        #expect((1...3).map { RoundShape(round: $0, calls: 15, model: .counter) } == [.burst, .waves, .streams])
        #expect((1...2).map { RoundShape(round: $0, calls: 65, model: .counter) } == [.waves, .streams])
        #expect((1...2).map { RoundShape(round: $0, calls: 15, model: .set) } == [.waves, .streams])
    }
}
