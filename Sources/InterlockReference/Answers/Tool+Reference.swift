import InterlockProtocol
import InterlockServer

extension Tool where Input: ToolInput {
    /// A tool of the reference server: typed both ways, and marked where the mode removes its guards.
    static func reference<Value: AnswerValue>(
        _ name: String, _ description: String, mode: DemoMode, readOnly: Bool = false,
        _ handler: @escaping @Sendable (Input, HandlerContext) async throws -> Value
    ) -> Tool<Input> {
        let annotations = ToolAnnotations(readOnlyHint: readOnly, destructiveHint: readOnly ? nil : false, openWorldHint: false)
        return Tool(name, mode.notice + description, annotations: annotations) { input, context in
            try await mode.answer { try await handler(input, context) }
        }
    }
}
