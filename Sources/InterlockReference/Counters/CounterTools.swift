import InterlockJSON
import InterlockServer

/// `increment_counter` and `get_counter`: a read and a write that nothing may come between, locked per counter.
enum CounterTools {
    static func make(_ counters: Counters, mode: DemoMode) -> [any Feature] {
        let increment = Tool<IncrementInput>.reference(
            "increment_counter", "Adds to a counter, which begins at 0, and tells what it stands at then.", mode: mode
        ) { input, _ in
            CounterAnswer(name: input.name, value: try await counters.increment(input.name, by: input.by ?? 1))
        }
        let get = Tool<CounterInput>.reference("get_counter", "What a counter stands at; 0 if nobody has counted with it.", mode: mode, readOnly: true) { input, _ in
            CounterAnswer(name: input.name, value: await counters.value(of: input.name))
        }
        switch mode {
        case .guarded: return [increment.exclusive { [lock($0.name)] }.queue(depth: 1_000), get.exclusive { [lock($0.name)] }.queue(depth: 1_000)]
        case .unsafe: return [increment, get]
        }
    }

    /// What the lock of a counter is called among all locks of the server.
    private static func lock(_ name: String) -> String { "counter:\(name)" }

    struct IncrementInput: Decodable, ToolInput {
        var name: String
        var by: Int?
        static let inputSchema = InputSchema {
            .string("name", "Name of the counter", minLength: 1, maxLength: 64);
            .integer("by", "How much to add [1]", optional: true, minimum: 1, maximum: 1_000_000)
        }.schema
    }

    struct CounterInput: Decodable, ToolInput {
        var name: String
        static let inputSchema = InputSchema { .string("name", "Name of the counter", minLength: 1, maxLength: 64) }.schema
    }

    struct CounterAnswer: AnswerValue {
        var name: String
        var value: Int
        static let schema = AnswerSchema(["name": .schema("string", "Name of the counter"), "value": .schema("integer", "What it stands at")])
    }
}
