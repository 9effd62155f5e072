import Foundation
import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
@testable import InterlockServer
import InterlockSimulation
import InterlockStorage
import InterlockTesting
import InterlockTransport
import Testing

/// Two tenants on one server, each trying to see and touch what is the other's: every answer is the one for what does not exist.
@Suite("Tenants and what is not theirs", .timeLimit(.minutes(1)))
struct TenantIsolationTests {
    private static let acme = Principal(subject: "ann", issuer: "i", tenant: "acme")
    private static let globex = Principal(subject: "ann", issuer: "i", tenant: "globex")
    private let clock = ManualClock()

    private func server(guarded: Bool = true) throws -> Server {
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.clock = clock
        if guarded {
            configuration.tenants = TenantDirectory(try TenantConfiguration(json: Array(#"""
                {"tenants":{"acme":{"tools":["acme_*"],"resources":["acme://*"],"prompts":["acme_*"]},
                            "globex":{"tools":["glob_*"],"resources":["glob://*"],"prompts":["glob_*"]}}}
                """#.utf8)))
        }
        return try Server(configuration: configuration) {
            for name in ["acme", "glob"] {
                Tool("\(name)_tool") { (context: HandlerContext) in
                    "\(try await context.state(of: .tenant).update("n", of: Int.self) { $0 = ($0 ?? 0) + 1; return $0 ?? 0 })"
                }
                Resource("\(name)://file", name: name, text: { _ in "secret of \(name)" })
                ResourceTemplate("\(name)://files/{id}", name: "\(name) files", contents: { _, _ in [.text(uri: "\(name)://files/1", mimeType: nil, text: "secret of \(name)")] })
                    .completing("id") { _, _ in ["1"] }
                Prompt("\(name)_prompt", arguments: [PromptArgument(name: "a")]) { _, _ in GetPromptResult(messages: []) }.completing("a") { _, _ in ["b"] }
            }
        }
    }

    /// Requests that name something, by a name to fill in.
    private static let requests: [(String, @Sendable (_ name: String, _ modern: Bool) -> String)] = [
        ("tools/call", { Messages.call("\($0)_tool", modern: $1) }),
        ("resources/read", { Messages.request("resources/read", #""uri":"\#($0)://file""#, modern: $1) }),
        ("resources/read of a template", { Messages.request("resources/read", #""uri":"\#($0)://files/7""#, modern: $1) }),
        ("prompts/get", { Messages.request("prompts/get", #""name":"\#($0)_prompt""#, modern: $1) }),
        ("completion/complete of a prompt", {
            Messages.request("completion/complete", #""ref":{"type":"ref/prompt","name":"\#($0)_prompt"},"argument":{"name":"a","value":""}"#, modern: $1)
        }),
        ("completion/complete of a template", {
            Messages.request("completion/complete", #""ref":{"type":"ref/resource","uri":"\#($0)://files/{id}"},"argument":{"name":"id","value":""}"#, modern: $1)
        }),
        ("resources/subscribe", { name, _ in Messages.request("resources/subscribe", #""uri":"\#(name)://file""#) }),
        ("resources/unsubscribe", { name, _ in Messages.request("resources/unsubscribe", #""uri":"\#(name)://file""#) }),
    ]

    /// Where the other methods of the protocol are tried: each is asked with another's name above, or is one of these.
    private static let elsewhere: [String: String] = [
        Method.toolsList: "lists()", Method.resourcesList: "lists()", Method.resourceTemplatesList: "lists()", Method.promptsList: "lists()",
        Method.subscriptionsListen: "notifications()", Method.initialize: "limits(), sessions()", Method.ping: "sessions()",
        Method.cancelled: "sessions()", Method.initialized: "sessions()",
        Method.discover: "names no feature: capabilities only", Method.setLevel: "names nothing but the caller's own session",
        Method.progress: "names a request of the caller's own session, and is not acted on",
        Method.rootsListChanged: "names nothing, and is not acted on",
    ]

    @Test("every method that a client may send is tried against another tenant's things")
    func everyMethod() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../Sources/InterlockProtocol/Base/Method.swift")
        let source = try String(contentsOf: file.standardizedFileURL, encoding: .utf8)
        let all = Set(source.matches(of: /static let \w+ = "([^"]+)"/).map { String($0.1) })
        // What only servers send, and tasks, which this server does not have.
        let notOfClients: Set = [
            Method.rootsList, Method.samplingCreateMessage, Method.elicitationCreate, Method.message, Method.toolsListChanged, Method.promptsListChanged,
            Method.resourcesListChanged, Method.resourcesUpdated, Method.elicitationComplete, Method.subscriptionsAcknowledged,
        ]
        let tried = Set(Self.requests.map { String($0.0.prefix { $0 != " " }) }).union(Self.elsewhere.keys)
        let missing = { (tried: Set<String>) in all.subtracting(notOfClients).subtracting(tried).filter { !$0.contains("tasks") } }
        #expect(all.count > 30 && missing(tried).isEmpty, "in no test: \(missing(tried))")
        #expect(missing(tried.subtracting([Method.resourcesRead])) == [Method.resourcesRead]) // the control
        #expect(tried.isSubset(of: all), "no such methods: \(tried.subtracting(all))")
    }

    /// The whole answer, with the name that was asked for taken out.
    private func answer(_ server: Server, _ request: (String, Bool) -> String, _ name: String, modern: Bool, as principal: Principal) async throws -> String {
        if modern {
            return "\(try await WireClient(server, principal: principal).request(request(name, true)))".replacing(name, with: "NAME")
        }
        let probe = try ExchangeProbe.post(request(name, false), to: server, headers: try await open(server, principal), principal: principal)
        let response = await probe.response
        let text = String(decoding: response.body ?? [], as: UTF8.self)
        return "\(response.status) \(response.headers.map { "\($0.name):\($0.value)" }) \(text)".replacing(name, with: "NAME")
    }

    private func open(_ server: Server, _ principal: Principal) async throws -> [String: String] {
        let probe = try ExchangeProbe.post(Messages.initialize(), to: server, principal: principal)
        let id = try #require(await probe.response.headers.first { $0.name == "Mcp-Session-Id" }?.value)
        let headers = ["Mcp-Session-Id": id]
        _ = await (try ExchangeProbe.post(Messages.initialized, to: server, headers: headers, principal: principal)).response
        return headers
    }

    @Test("another's is answered, byte for byte, as what nobody has; without tenants it is served", arguments: [true, false])
    func hidden(modern: Bool) async throws {
        let (guarded, open) = (try server(), try server(guarded: false))
        for (what, request) in Self.requests where !modern || !what.contains("scribe") {
            for (principal, other, own) in [(Self.acme, "glob", "acme"), (Self.globex, "acme", "glob")] {
                let hidden = try await answer(guarded, request, other, modern: modern, as: principal)
                let absent = try await answer(guarded, request, "none", modern: modern, as: principal)
                #expect(hidden == absent, "\(what) as \(principal.tenant ?? "")")
                if what.contains("unsubscribe") { continue } // ends what is not there, for everybody alike
                #expect(try await answer(guarded, request, own, modern: modern, as: principal) != absent, "\(what) of its own")
                #expect(try await answer(open, request, other, modern: modern, as: principal) != absent, "\(what) without tenants")
            }
        }
    }

    @Test("lists show what is the tenant's, and caches must not share them", arguments: [true, false])
    func lists(modern: Bool) async throws {
        let server = try server()
        for (method, member) in [("tools/list", "tools"), ("resources/list", "resources"), ("resources/templates/list", "resourceTemplates"), ("prompts/list", "prompts")] {
            for (principal, own, other) in [(Self.acme, "acme", "glob"), (Self.globex, "glob", "acme")] {
                let text = try await answer(server, { _, modern in Messages.request(method, modern: modern) }, "none", modern: modern, as: principal)
                #expect(text.contains("\"\(member)\"") && text.contains(own) && !text.contains(other), "\(method): \(text)")
                if modern { #expect(text.contains(#""cacheScope":"private""#)) }
            }
        }
    }

    @Test("a caller of no tenant, or of one that nobody knows, sees nothing and may do nothing")
    func strangers() async throws {
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.tenants = TenantDirectory(try TenantConfiguration(json: Array(#"{"unknownTenants":"refuse","tenants":{"acme":{}}}"#.utf8)))
        let server = try Server(configuration: configuration) { Tool("acme_tool") { (_: HandlerContext) in "done" } }
        for principal in [nil, Principal(subject: "x", tenant: "initech")] {
            let client = try WireClient(server, principal: principal)
            let tools = try await client.request(Messages.request("tools/list", modern: true))
            #expect(tools["result"]?["tools"]?.array?.isEmpty != false)
            #expect(try await client.request(Messages.call("acme_tool", id: "2", modern: true))["result"] == nil)
        }
    }

    @Test("sessions, streams and event ids of another tenant's caller of the same name do not exist")
    func sessions() async throws {
        let server = try server()
        let session = try await open(server, Self.acme)
        let context = { (headers: [String: String]) in RequestContext(connection: Connection(kind: .http1), headers: HeaderDictionary(headers), principal: Self.globex) }
        let unknown = ["Mcp-Session-Id": "0123456789abcdef0123456789abcdef"]
        for body in [Messages.call("glob_tool"), Messages.request("tools/list"), Messages.request("ping"), Messages.cancel("1"), Messages.initialized] {
            let (theirs, absent) = (
                await (try ExchangeProbe.post(body, to: server, headers: session, principal: Self.globex)).response,
                await (try ExchangeProbe.post(body, to: server, headers: unknown, principal: Self.globex)).response
            )
            #expect(theirs.status == 404 && theirs.status == absent.status && theirs.body == absent.body)
        }
        for event in [nil, "0-1", "1-1"] {
            let (theirs, absent) = (
                await server.openStream(context(session), lastEventID: event, sink: MessageInbox()), await server.openStream(context(unknown), lastEventID: event, sink: MessageInbox())
            )
            #expect(theirs?.status == 404 && theirs?.body == absent?.body)
        }
        let (theirs, absent) = (await server.endSession(context(session)), await server.endSession(context(unknown)))
        #expect(theirs.status == 404 && theirs.body == absent.body)
        #expect(server.snapshot.sessions == 1)
    }

    @Test("state of a tenant is its own")
    func state() async throws {
        let server = try server()
        let (acme, globex) = (try WireClient(server, principal: Self.acme), try WireClient(server, principal: Self.globex))
        for id in 1...3 { #expect(try await acme.request(Messages.call("acme_tool", id: "\(id)", modern: true)).text == "\(id)") }
        #expect(try await globex.request(Messages.call("glob_tool", id: "1", modern: true)).text == "1")
    }

    @Test("changes of a resource are told to who sees it, and of lists to who sees the change")
    func notifications() async throws {
        let server = try server()
        let filter = #""notifications":{"toolsListChanged":true,"resourceSubscriptions":["acme://file","glob://file"]}"#
        let (acme, globex) = (try WireClient(server, principal: Self.acme), try WireClient(server, principal: Self.globex))
        for client in [acme, globex] { client.send(Messages.request("subscriptions/listen", filter, id: "9", modern: true)) }
        let method = { (name: String) in { @Sendable (message: JSONValue) in message["method"]?.string == name } }
        for client in [acme, globex] { _ = try await client.next(where: method("notifications/subscriptions/acknowledged")) }
        server.notifyResourceUpdated(uri: "glob://file")
        server.notifyResourceUpdated(uri: "acme://file")
        try server.addFeatures { Tool("glob_new") { (_: HandlerContext) in "new" } }
        #expect(try await acme.next(where: method("notifications/resources/updated"))["params"]?["uri"]?.string == "acme://file")
        _ = try await globex.next(where: method("notifications/tools/list_changed"))
        #expect(try await globex.next(where: method("notifications/resources/updated"))["params"]?["uri"]?.string == "glob://file")
        #expect(!acme.pending.contains { $0["method"]?.string == "notifications/tools/list_changed" })
    }

    @Test("limits of calls, sessions and rates are the tenant's own; the other is not touched")
    func limits() async throws {
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.clock = clock
        configuration.tenants = TenantDirectory(try TenantConfiguration(json: Array(#"""
            {"tenants":{"acme":{"rateLimits":[{"count":2,"period":"1m","burst":2}],"maximumSessions":1},"globex":{}}}
            """#.utf8)))
        let server = try Server(configuration: configuration) { Tool("tool") { (_: HandlerContext) in "done" } }
        let (acme, globex) = (try WireClient(server, principal: Self.acme), try WireClient(server, principal: Self.globex))
        var answers: [Bool] = []
        for id in 1...4 { answers.append(try await acme.request(Messages.call("tool", id: "\(id)", modern: true)).isToolError) }
        #expect(answers == [false, false, true, true])
        for id in 1...4 { #expect(try await globex.request(Messages.call("tool", id: "\(id)", modern: true)).isToolError == false) }
        _ = try await open(server, Self.acme)
        let second = try ExchangeProbe.post(Messages.initialize(), to: server, principal: Self.acme)
        #expect(await second.response.status == 503)
        _ = try await open(server, Self.globex)
    }
}
