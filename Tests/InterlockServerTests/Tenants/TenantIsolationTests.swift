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

/// Who is of no tenant, what tenants are told without asking, and limits of their own. That what is another tenant's does not exist for whoever
/// asks, `IsolationTests` proves over each kind of store.
@Suite("Tenants beside each other", .timeLimit(.minutes(5)))
struct TenantIsolationTests {
    private static let acme = Principal(subject: "ann", issuer: "i", tenant: "acme")
    private static let globex = Principal(subject: "ann", issuer: "i", tenant: "globex")
    private let clock = ManualClock()

    private func server() throws -> Server {
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.clock = clock
        configuration.tenants = TenantDirectory(try TenantConfiguration(json: Array(#"""
            {"tenants":{"acme":{"tools":["acme_*"],"resources":["acme://*"]},"globex":{"tools":["glob_*"],"resources":["glob://*"]}}}
            """#.utf8)))
        return try Server(configuration: configuration) {
            for name in ["acme", "glob"] {
                Tool("\(name)_tool") { (_: HandlerContext) in "done" }
                Resource("\(name)://file", name: name, text: { _ in "secret of \(name)" })
            }
        }
    }

    private func open(_ server: Server, _ principal: Principal) async throws -> [String: String] {
        let probe = try ExchangeProbe.post(Messages.initialize(), to: server, principal: principal)
        let id = try #require(await probe.response.headers.first { $0.name == "Mcp-Session-Id" }?.value)
        let headers = ["Mcp-Session-Id": id]
        _ = await (try ExchangeProbe.post(Messages.initialized, to: server, headers: headers, principal: principal)).response
        return headers
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
