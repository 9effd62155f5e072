import InterlockClient

/// What has come of the calls of a round so far.
struct RoundTally: Sendable {
    private(set) var counts: [String: AnswerCounts] = [:]
    /// Calls without an answer: who made which, and why there is none.
    private(set) var timedOut: [String] = []
    private(set) var lost: [String] = []
    /// What the client said of the first of them.
    private(set) var reason: String?
    /// Whether the rest of the round need not be made: the server hangs or has gone.
    private(set) var isOver = false

    mutating func began(_ call: PlannedCall) {
        counts[call.operation.tool, default: AnswerCounts()].calls += 1
    }

    mutating func ended(_ call: PlannedCall, _ answer: RaceAnswer) {
        counts[call.operation.tool, default: AnswerCounts()].add(answer)
    }

    /// Notes that a call was not answered. Returns whether that may be the server's doing; if not, the race cannot go on.
    mutating func ended(_ call: PlannedCall, _ error: ClientError) -> Bool {
        let name = "client \(call.client): \(call.operation.tool) \(call.arguments)"
        switch error.code {
        case .timedOut:
            timedOut.append(name)
            isOver = true
        case .closed, .unreachable:
            lost.append(name)
            isOver = true
        case .transport, .invalidResponse: lost.append(name)
        default: return false
        }
        counts[call.operation.tool, default: AnswerCounts()].unanswered += 1
        reason = reason ?? error.message
        return true
    }

    /// What the calls without an answer mean; `nil` if the server may be right.
    ///
    /// - Parameter isAlive: whether the server still answers other requests.
    func finding(isAlive: Bool) -> (kind: RaceRun.Finding.Kind, text: String)? {
        let unanswered = timedOut + lost
        guard let reason, !timedOut.isEmpty || !isAlive else { return nil }
        let total = counts.values.reduce(0) { $0 + $1.calls }
        var lines = ["\(unanswered.count) of \(total) calls made at once had no answer: \(reason)"] + unanswered.prefix(5).map { "  \($0)" }
        if unanswered.count > 5 { lines.append("  … and \(unanswered.count - 5) more") }
        if timedOut.isEmpty { return (.ended, "the server ended under the calls.\n" + lines.joined(separator: "\n")) }
        lines.append(
            isAlive
                ? "It still answers other requests: these calls wait for each other, or their answers were lost."
                : "It answers nothing else either.")
        return (.unanswered, "the server hung under the calls.\n" + lines.joined(separator: "\n"))
    }
}
