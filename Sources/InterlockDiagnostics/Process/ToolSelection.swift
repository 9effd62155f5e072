package import InterlockClient
package import InterlockConcurrency
package import InterlockProtocol

/// Which tools a diagnosis calls when nobody has named any, and which it leaves out, each with the reason.
///
/// Only tools that say they only read are called, with arguments made from their schemas. What fails with nobody beside it fails by its arguments: its
/// times and its memory would be those of a refusal, so it is left out too.
package struct ToolSelection: Sendable {
    /// The calls, in the order of the list.
    package private(set) var work: [ProbeOperation] = []
    /// What was left out and why, for people; empty where nothing was.
    package private(set) var notes: [String] = []

    /// Tries the tools of a list once each, until `most` are found that answer without an error. Bounded: at most four times as many are tried.
    ///
    /// One that gives no answer is chosen: it is what a diagnosis looks for. Cancelling ends the call that is on its way as one without an answer.
    ///
    /// - Parameter deadline: none but the first is tried after it; the call under way then ends by its own timeout. `nil` tries as many as there may be.
    package init(_ client: Client, from tools: [ToolDefinition], most: Int, until deadline: MonotonicTime? = nil, clock: any SchedulingClock = SystemClock.shared) async {
        let agent = LoadAgent(client)
        let callable = ArgumentSample.callable(tools)
        var failing: [String] = [], untried: [String] = [], late: [String] = []
        for (number, operation) in callable.enumerated() {
            guard case .call(let tool, let arguments) = operation else { continue }
            guard work.count < most, number / 4 < most else {
                untried.append(tool)
                continue
            }
            if let deadline, clock.now >= deadline, number > 0 {
                late.append(tool)
                continue
            }
            switch await agent.call(tool, arguments).outcome {
            case .toolError, .rpcError: failing.append(tool)
            case .ok, .busy, .transportError: work.append(operation)
            }
        }
        let known = Set(callable.map { "\($0)" })
        let reading = tools.filter { $0.annotations?.readOnlyHint == true && !known.contains($0.name) }.map(\.name)
        let writing = tools.filter { $0.annotations?.readOnlyHint != true }.map(\.name)
        note(failing, "left out, because calls fail with the arguments that were made up; give some with --tool 'NAME={…}'")
        note(untried, "left out, because \(work.count) others stand for them; name them with --tool")
        note(late, "left out, because it took too long to try those before; name them with --tool")
        note(writing, "left out, because they do not say that they only read; name those that may be called with --tool")
        note(reading, "left out, because no arguments could be made from their schemas; give some with --tool 'NAME={…}'")
    }

    private mutating func note(_ tools: [String], _ reason: String) {
        if !tools.isEmpty { notes.append("\(Self.listed(tools)): \(reason)") }
    }

    /// Names in a sentence, twelve at most.
    package static func listed(_ names: [String]) -> String {
        names.prefix(12).joined(separator: ", ") + (names.count > 12 ? " and \(names.count - 12) more" : "")
    }
}
