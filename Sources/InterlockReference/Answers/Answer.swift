import InterlockJSON
import InterlockProtocol
import InterlockServer

/// A value on its way to the client, marked if the guards are removed.
struct Answer<Value: AnswerValue>: ToolOutput {
    var value: Value
    var mode: DemoMode

    static var outputSchema: RawJSON? { Value.schema.json }

    func toolResult() throws -> CallToolResult {
        let structured = try RawJSON(encoding: value)
        let text = value.text ?? structured.description
        switch mode {
        case .guarded:
            return CallToolResult(content: [.text(text)], structuredContent: structured)
        case .unsafe:
            var members = structured.value().object ?? [:]
            members["unsafeDemo"] = true
            return CallToolResult(
                content: [.text(mode.notice + text)], structuredContent: RawJSON(.object(members)), meta: ["interlock.unsafeDemo": true])
        }
    }
}
