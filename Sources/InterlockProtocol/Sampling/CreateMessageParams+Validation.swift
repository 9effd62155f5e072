extension CreateMessageParams {
    /// Whether the conversation keeps the rules for tools: every tool use is answered by the next message, and a user
    /// message with tool results has only those. Legacy clients answer a violation with -32602.
    /// Spec: 2026-07-28, Client Features › Sampling.
    public func validateToolMessages() throws(ProtocolError) {
        var open: Set<String> = []
        for (index, message) in messages.enumerated() {
            let place = "params.messages[\(index)]"
            var results: Set<String> = []
            var uses: Set<String> = []
            for block in message.content.blocks {
                switch block {
                case .toolUse(let use): uses.insert(use.id)
                case .toolResult(let result): results.insert(result.toolUseId)
                default: continue
                }
            }
            if !results.isEmpty {
                let hasOnlyResults = message.content.blocks.allSatisfy { if case .toolResult = $0 { true } else { false } }
                guard message.role == .user, hasOnlyResults else {
                    throw .invalidParams("\(place): tool results belong into a user message of their own")
                }
            }
            guard results == open else {
                let wanted = open.sorted().joined(separator: ", ")
                throw .invalidParams(
                    open.isEmpty
                        ? "\(place): tool results without a tool use right before them"
                        : "\(place): expected tool results for \(wanted) before anything else")
            }
            open = uses
        }
        guard open.isEmpty else {
            throw .invalidParams("params.messages: tool uses without results at the end: \(open.sorted().joined(separator: ", "))")
        }
    }
}
