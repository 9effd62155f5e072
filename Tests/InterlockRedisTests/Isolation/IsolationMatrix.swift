import InterlockJSON
import InterlockProtocol
@testable import InterlockServer
import InterlockTesting
import InterlockTransport

/// Every method and everything that has a name, by callers of two tenants, in both eras, at the instance that knows it and at another.
///
/// A row whose answer differs from that for what does not exist is a leak. Names, ids and dates are taken out before answers are compared.
struct IsolationMatrix {
    let fleet: IsolationFleet
    private var home: Server { fleet.instances[0] }

    /// Ids of the call that runs in the session that is intruded upon.
    private static let heldCall = 7

    init(_ fleet: IsolationFleet) { self.fleet = fleet }

    /// The rows that leak. The first instance is the one that has opened what is asked for.
    func leaks() async throws -> [String] {
        var leaks: [String] = []
        for (place, server) in zip(["the same instance", "another instance"], fleet.instances) {
            for modern in [true, false] {
                let era = modern ? "2026-07-28" : "2025-11-25"
                leaks += try await features(server, modern).map { "feature: \($0), \(era), \(place)" }
            }
            leaks += try await sessions(server).map { "session: \($0), \(place)" }
            leaks += try await requestStates(server).map { "request state: \($0), \(place)" }
            leaks += try await values(server).map { "state: \($0), \(place)" }
            leaks += try await results(server).map { "once: \($0), \(place)" }
        }
        for (place, server) in zip(["the same instance", "another instance"], fleet.instances) {
            leaks += try await rates(server).map { "rate: \($0), \(place)" }
        }
        return leaks
    }

    // MARK: - Features

    private func features(_ server: Server, _ modern: Bool) async throws -> [String] {
        var leaks: [String] = []
        for (principal, own, other) in [(fleet.acme, "acme", "glob"), (fleet.globex, "glob", "acme")] {
            for (what, method, members, isModern) in IsolationMessages.naming where !modern || isModern {
                func answer(_ name: String) async throws -> String {
                    try await self.answer(server, IsolationMessages.request(method, members.replacing("NAME", with: name), modern: modern), modern, principal)
                        .replacing(name, with: "NAME")
                }
                let absent = try await answer("none")
                if try await answer(other) != absent { leaks.append("\(method) of \(what)") }
                // A row that answers its own owner as if there were nothing would prove nothing.
                if method != Method.resourcesUnsubscribe, try await answer(own) == absent { leaks.append("\(method) of \(what) is hidden from its owner") }
            }
            for (method, member) in IsolationMessages.lists {
                let list = try await answer(server, IsolationMessages.request(method, modern: modern), modern, principal)
                if list.contains(other) { leaks.append(method) }
                if !list.contains("\"\(member)\"") || !list.contains(own) { leaks.append("\(method) does not show what is its owner's") }
                if modern, !list.contains(#""cacheScope":"private""#) { leaks.append("\(method) may be shared by caches") }
            }
            if modern {
                let discovered = try await answer(server, IsolationMessages.request(Method.discover, modern: true), true, principal)
                if discovered.contains(other) { leaks.append(Method.discover) }
                func heard(_ name: String) async throws -> String {
                    let client = try WireClient(server, principal: principal)
                    defer { client.disconnect() }
                    let members = #""notifications":{"resourceSubscriptions":["\#(name)://file"]}"#
                    client.send(IsolationMessages.request(Method.subscriptionsListen, members, modern: true))
                    return "\(try await client.next())".replacing(name, with: "NAME")
                }
                if try await heard(other) != heard("none") { leaks.append(Method.subscriptionsListen) }
            }
        }
        return leaks
    }

    // MARK: - Sessions, streams, events

    /// What is somebody's: a session with a call that runs, a question that waits, and a stream.
    private struct Victim {
        let session: String
        let call: ExchangeProbe
        let asked: ExchangeProbe
        let question: Int
        let stream: MessageInbox
        /// The last event of the running call.
        let event: String
    }

    private func victim() async throws -> Victim {
        let session = try await open(home, fleet.acme)
        let stream = MessageInbox()
        _ = await home.openStream(context(session, fleet.acme), lastEventID: nil, sink: stream)
        let call = try post(
            IsolationMessages.call("shared_hold", id: Self.heldCall, extra: #","_meta":{"progressToken":"p"}"#), session, home, fleet.acme)
        _ = try await call.inbox.next { $0["method"]?.string == Method.progress }
        let asked = try post(IsolationMessages.call("shared_ask", id: Self.heldCall + 1), session, home, fleet.acme)
        let question = try await asked.inbox.next { $0["method"]?.string == Method.rootsList }
        return Victim(
            session: session, call: call, asked: asked, question: question["id"]?.int ?? 0, stream: stream, event: call.inbox.events.last?.id ?? "")
    }

    private func sessions(_ server: Server) async throws -> [String] {
        let victim = try await victim()
        let unknown = String(victim.session.reversed())
        var leaks: [String] = []
        func differs(_ what: String, _ answer: (String) async throws -> String) async throws {
            let (theirs, absent) = (try await answer(victim.session), try await answer(unknown))
            if theirs.replacing(victim.session, with: "ID") != absent.replacing(unknown, with: "ID") { leaks.append(what) }
        }
        for (method, body) in IsolationMessages.inSession(call: Self.heldCall, question: victim.question) where method != Method.initialize {
            try await differs(method) { session in Self.text(await (try post(body, session, server, fleet.globex)).response) }
        }
        // It answers with a session of its own, whatever it is sent in; the other one must be none the wiser.
        try await differs(Method.initialize) { session in
            let response = await (try post(IsolationMessages.initialize, session, server, fleet.globex)).response
            return "\(response.status) \(response.headers.map(\.name))"
        }
        for event in [nil, victim.event, "0-1"] {
            try await differs("GET with Last-Event-ID \(event == victim.event ? "of theirs" : event ?? "absent")") { session in
                Self.text(await server.openStream(context(session, fleet.globex), lastEventID: event, sink: MessageInbox()))
            }
        }
        leaks += try await events(server, victim)
        try await differs("DELETE") { session in Self.text(await server.endSession(context(session, fleet.globex))) }
        leaks += try await harm(victim)
        return leaks
    }

    /// Ids of another's events, asked for in a session of one's own, whose streams the asker may well see.
    private func events(_ server: Server, _ victim: Victim) async throws -> [String] {
        guard let (stream, sequence) = SessionStreams.parse(victim.event) else { return ["the running call has no event id"] }
        let own = try await open(server, fleet.globex)
        func resumed(_ id: String) async -> String {
            let inbox = MessageInbox()
            let refusal = await server.openStream(context(own, fleet.globex), lastEventID: id, sink: inbox)
            return Self.text(refusal) + inbox.events.map { String(decoding: $0.data, as: UTF8.self) }.joined()
        }
        // Of the same instance's streams, but a number that no stream has.
        let absent = await resumed(SessionStreams.eventID(stream: stream + 1_000, sequence: sequence))
        let theirs = await resumed(victim.event)
        return theirs == absent ? [] : ["another session's Last-Event-ID in one's own session"]
    }

    /// What has become of what was intruded upon: the call runs on to its end, the question waits for its own client, the session is there.
    private func harm(_ victim: Victim) async throws -> [String] {
        var harm: [String] = []
        if home.snapshot.callsInFlight < 2 { harm.append("the victim's calls were ended by somebody else") }
        if victim.stream.isClosed { harm.append("the victim's stream was taken") }
        for server in fleet.instances {
            let ping = await (try post(IsolationMessages.request(Method.ping), victim.session, server, fleet.acme)).response
            if ping.status != 200 { harm.append("the victim's session is gone: \(ping.status)") }
        }
        guard harm.isEmpty else { return harm }
        _ = await (try post(#"{"jsonrpc":"2.0","id":\#(victim.question),"result":{"roots":[{"uri":"file:///a"}]}}"#, victim.session, home, fleet.acme)).response
        let answered = try await victim.asked.inbox.next { $0["id"]?.int == Self.heldCall + 1 }
        if answered["result"]?["content"]?[0]?["text"]?.string != "1 roots" { harm.append("the victim's question was answered by somebody else") }
        _ = await (try post(IsolationMessages.notification(Method.cancelled, #""requestId":\#(Self.heldCall)"#), victim.session, home, fleet.acme)).response
        _ = await home.endSession(context(victim.session, fleet.acme))
        return harm
    }

    // MARK: - What is remembered

    private func requestStates(_ server: Server) async throws -> [String] {
        let asked = try await WireClient(home, principal: fleet.acme).request(IsolationMessages.call("shared_ask", modern: true))
        guard let state = asked["result"]?["requestState"]?.string else { return ["a call that asks has no requestState: \(asked)"] }
        func retry(_ state: String, as principal: Principal) async throws -> String {
            let answers = #","requestState":"\#(state)","inputResponses":{"r":{"roots":[]}}"#
            return "\(try await WireClient(server, principal: principal).request(IsolationMessages.call("shared_ask", modern: true, extra: answers)))"
        }
        let nobodys = String(state.reversed())
        let (theirs, absent) = (try await retry(state, as: fleet.globex), try await retry(nobodys, as: fleet.globex))
        var leaks = theirs == absent ? [] : ["another's requestState"]
        if try await retry(state, as: fleet.acme) == absent { leaks.append("its owner's requestState is refused") }
        return leaks
    }

    private func values(_ server: Server) async throws -> [String] {
        func ask(_ tool: String, _ name: String, _ server: Server, as principal: Principal) async throws -> String {
            "\(try await WireClient(server, principal: principal).request(IsolationMessages.call(tool, #"{"name":"\#(name)"}"#, modern: true)))"
        }
        _ = try await ask("shared_remember", "kept", home, as: fleet.acme)
        let theirs = try await ask("shared_recall", "kept", server, as: fleet.globex)
        let absent = try await ask("shared_recall", "none", server, as: fleet.globex)
        var leaks = theirs == absent ? [] : ["another's values"]
        if try await ask("shared_recall", "kept", server, as: fleet.acme) == absent { leaks.append("its owner's values are not found") }
        return leaks
    }

    private func results(_ server: Server) async throws -> [String] {
        let key = "key of \(server === home ? "one" : "two")"
        func run(_ name: String, _ server: Server, as principal: Principal) async throws -> String {
            "\(try await WireClient(server, principal: principal).request(IsolationMessages.call("shared_once", #"{"name":"\#(name)"}"#, modern: true)))"
        }
        let first = try await run(key, home, as: fleet.acme)
        let (theirs, absent) = (try await run(key, server, as: fleet.globex), try await run(key + " unused", server, as: fleet.globex))
        var leaks = theirs == absent ? [] : ["the result of another's call with the same key"]
        if try await run(key, server, as: fleet.acme) != first { leaks.append("its owner does not get its own result again") }
        return leaks
    }

    /// One tenant's limit is used up to the end, by whom it belongs to: the other's call is served as before.
    private func rates(_ server: Server) async throws -> [String] {
        func isServed(as principal: Principal) async throws -> Bool {
            let answer = try await WireClient(server, principal: principal).request(IsolationMessages.call("shared_rated", modern: true))
            return answer["result"]?["content"]?[0]?["text"]?.string == "served"
        }
        for _ in 0..<IsolationFleet.burst { if try await !isServed(as: fleet.acme) { break } }
        return try await isServed(as: fleet.globex) ? [] : ["another's use of its limit"]
    }

    // MARK: - Asking

    /// The whole answer to a request outside of any session, or in a new session of the caller's.
    private func answer(_ server: Server, _ body: String, _ modern: Bool, _ principal: Principal) async throws -> String {
        if modern { return "\(try await WireClient(server, principal: principal).request(body))" }
        return Self.text(await (try post(body, try await open(server, principal), server, principal)).response)
    }

    private func open(_ server: Server, _ principal: Principal) async throws -> String {
        let response = await (try ExchangeProbe.post(IsolationMessages.initialize, to: server, principal: principal)).response
        guard let session = response.headers.first(where: { $0.name == "Mcp-Session-Id" })?.value else { throw NoSession(answer: Self.text(response)) }
        _ = await (try post(IsolationMessages.notification(Method.initialized), session, server, principal)).response
        return session
    }

    private struct NoSession: Error { let answer: String }

    private func post(_ body: String, _ session: String, _ server: Server, _ principal: Principal) throws -> ExchangeProbe {
        try ExchangeProbe.post(body, to: server, headers: ["Mcp-Session-Id": session], principal: principal)
    }

    private func context(_ session: String, _ principal: Principal) -> RequestContext {
        RequestContext(connection: Connection(kind: .http1), headers: HeaderDictionary(["Mcp-Session-Id": session]), principal: principal)
    }

    private static func text(_ response: OutboundResponse?) -> String {
        guard let response else { return "a stream" }
        return "\(response.status) \(response.headers.map { "\($0.name): \($0.value)" }) \(String(decoding: response.body ?? [], as: UTF8.self))"
    }
}
