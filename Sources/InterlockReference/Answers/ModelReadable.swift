import InterlockConcurrency
import InterlockJSON
import InterlockServer

/// A refusal of one of the tools, in words a model can act on.
protocol ModelReadable: Error {
    var message: String { get }
}

extension DemoMode {
    /// Runs a tool's work and puts what came of it, or what the model should read instead, into this mode's words.
    func answer<Value: AnswerValue>(_ work: () async throws -> Value) async throws -> Answer<Value> {
        do {
            return Answer(value: try await work(), mode: self)
        } catch let error as any ModelReadable {
            throw refusal(error.message)
        } catch let error as AcquireError where self == .unsafe {
            throw refusal("\(error)")
        }
    }

    private func refusal(_ message: String) -> ToolError {
        switch self {
        case .guarded: ToolError(message)
        case .unsafe: ToolError(notice + message, structuredContent: RawJSON(["error": .string(message), "unsafeDemo": true] as JSONValue))
        }
    }
}
