import InterlockClient
import InterlockConcurrency
import InterlockJSON
import InterlockProtocol

extension LeakRun {
    /// What is cycled, in this order, and for people what could not be.
    ///
    /// - Parameter isWhole: whether what is given is cycled beside every other kind of work, and not alone.
    func plan(_ given: [ProbeOperation]?, isWhole: Bool, _ client: Client) async throws -> (work: [ProbeOperation], notes: [String]) {
        let missing = try await client.declaresTools ? [] : [Client.noTools]
        if let given, !isWhole { return (given, missing) }
        let tools = try await client.declaredTools()
        var (work, notes) = (given ?? [], missing)
        if given == nil {
            progress("trying tools")
            // Of work that has less than a second for itself nothing is told, and slow tools must not take the time from all others.
            let most = max(4, Int(limits.duration / .seconds(1)))
            let choice = await ToolSelection(client, from: tools, most: most, until: clock.now + limits.duration / 4, clock: clock)
            work = choice.work
            notes += choice.notes
        }
        let hasSessions = server.isShared && server.isHTTP ? try await speaksLegacy() : false
        let rest = others(besides: work, refused: ArgumentSample.refused(tools), hasTools: missing.isEmpty, hasSessions: hasSessions)
        for operation in rest where !work.contains(operation) { work.append(operation) }
        if !server.isShared { notes.append("connections and sessions were not cycled: each would start a process of its own") }
        return (work, notes)
    }

    /// What is not cycled because tools were named, and how to have it; `nil` where none was, or nothing is missing.
    func leftOut(besides given: [ProbeOperation]?, isWhole: Bool) -> String? {
        guard let given, !isWhole, given.contains(where: { $0.cancelled != nil }) else { return nil }
        let known = Set(given.map(\.kind))
        // Nothing is asked of the server for it: what it has is seen when it is cycled.
        let refused = ProbeOperation.refusedCall(tool: "", arguments: .emptyObject)
        let all = others(besides: given, refused: refused, hasTools: true, hasSessions: server.isShared && server.isHTTP)
        let names = all.map(\.kind).filter { !known.contains($0) }
        if names.isEmpty { return nil }
        return "left out, because tools were named: \(ToolSelection.listed(names)); with --all those that the server has are cycled too"
    }

    /// Whether it still has sessions; one that answers `initialize` with a refusal has none to leak.
    func speaksLegacy() async throws -> Bool {
        do {
            return try await server.withClient(era: .legacy(), clock: clock) { _, link in link.sessionID() != nil }
        } catch is ProtocolError {
            return false
        } catch is ClientError {
            return false
        }
    }

    /// Every kind of work but calls that end well: the one list of them.
    ///
    /// - Parameters:
    ///   - calls: those that end well; the first of them is the one that is cancelled.
    ///   - refused: a call that a schema refuses; `nil` where there is none.
    private func others(besides calls: [ProbeOperation], refused: ProbeOperation?, hasTools: Bool, hasSessions: Bool) -> [ProbeOperation] {
        var work: [ProbeOperation] = hasTools ? [.listTools, .failingCall] : []
        if let refused { work.append(refused) }
        if let cancelled = calls.lazy.compactMap(\.cancelled).first { work.append(cancelled) }
        if server.isShared { work.append(.connection) }
        // What nobody ends is left in the server, so it comes last.
        if hasSessions { work += [.session, .abandonedSession] }
        return work
    }
}

extension ProbeOperation {
    /// The same call, cancelled; `nil` for what is no call that ends well.
    fileprivate var cancelled: ProbeOperation? {
        guard case .call(let tool, let arguments) = self else { return nil }
        return .cancelledCall(tool: tool, arguments: arguments)
    }

    /// What those of its kind are called, whichever the tool.
    fileprivate var kind: String {
        switch self {
        case .call: "calls"
        case .refusedCall: "calls that are refused"
        case .cancelledCall: "calls that are cancelled"
        case .listTools, .failingCall, .session, .abandonedSession, .connection: description
        }
    }
}
