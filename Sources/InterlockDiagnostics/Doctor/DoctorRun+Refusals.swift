import InterlockClient
import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockTransport

extension DoctorRun {
    /// How many refusals of one tool are timed at most.
    private static let refusals = 5

    /// Calls that a tool's schema refuses, timed: no handler runs, so that what they take is the checking. Only tools of `work` that say they only read are
    /// asked, in case one does not check.
    func refusals(
        of work: [ProbeOperation], from tools: [ToolDefinition], _ client: Client, _ reader: (any ProcessReading)?, _ seen: inout DoctorObservations
    ) async throws {
        let names = Set(work.map(\.description)), named = tools.filter { names.contains($0.name) }
        let writing = named.filter { $0.annotations?.readOnlyHint != true }.map(\.name)
        if !writing.isEmpty { seen.omit(.calls, "how long \(ToolSelection.listed(writing)) take to refuse arguments: they do not say that they only read") }
        for tool in named where tool.annotations?.readOnlyHint == true {
            // A schema that allows everything has nothing to check.
            guard let arguments = ArgumentSample.wrong(tool.inputSchema) else { continue }
            try await probe(.calls, "calls of \(tool.name) that its schema refuses", reader, &seen) { seen in
                try await refusals(of: tool.name, arguments, client, reader, &seen)
            }
        }
    }

    private func refusals(
        of tool: String, _ arguments: RawJSON, _ client: Client, _ reader: (any ProcessReading)?, _ seen: inout DoctorObservations
    ) async throws {
        progress("\(tool): arguments that its schema refuses")
        var times: [Double] = [], obstacle: String?
        let before = Reading(reader, server), begin = clock.now
        while obstacle == nil, times.count < Self.refusals, times.count < 3 || clock.now - begin < limits.duration / 40 {
            let start = clock.now
            switch try await refusal(tool, arguments, client) {
            case .toolError, .rpcError: times.append((clock.now - start).inMilliseconds)
            case .ok: obstacle = "it answers what its schema refuses without an error"
            case .busy: obstacle = "the server is busy"
            case .transportError: obstacle = "it gives no answer"
            }
        }
        if let obstacle { seen.omit(.calls, "how long \(tool) takes to refuse arguments: \(obstacle)") }
        let (use, _, _) = before.until(Reading(reader, server))
        if times.count >= 3 { seen.refusals.append(.init(tool: tool, times: times, cpu: use?.cpu)) }
    }

    /// How one call ended; a connection that is lost is thrown.
    private func refusal(_ tool: String, _ arguments: RawJSON, _ client: Client) async throws -> CallOutcome {
        do {
            return CallOutcome(try await client.callTool(tool, arguments: arguments))
        } catch let error as ClientError where error.transportError?.code != .refused && error.code != .timedOut {
            throw error
        } catch {
            return CallOutcome(error)
        }
    }
}
