import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
@testable import InterlockServer
import InterlockSimulation
import InterlockStorage
import InterlockTesting
import InterlockTransport
import Logging

/// Two instances of one server for two tenants, each with features that the other is not to know of.
struct IsolationFleet: Sendable {
    let instances: [Server]
    /// Both tenants' callers, as the server gets to know them. They have the same name.
    let acme: Principal
    let globex: Principal
    /// Opened when held calls may end.
    let gate = Gate()

    /// Calls of `shared_rated` that a tenant may make.
    static let burst = 3

    private static let tenants = #"""
        {"defaults":{"rateLimits":[{"count":1000000,"period":"1h","burst":1000000}],
                     "toolRateLimits":{"shared_rated":[{"count":\#(burst),"period":"1h","burst":\#(burst)}]}},
         "tenants":{"acme":{"tools":["acme_*","shared_*"],"resources":["acme://*"],"prompts":["acme_*"]},
                    "globex":{"tools":["glob_*","shared_*"],"resources":["glob://*"],"prompts":["glob_*"]}}}
        """#

    /// - Parameter leak: what is wrong with it, for a control.
    init(_ stores: [InstanceStores], leak: IsolationLeak?) async throws {
        acme = Principal(subject: "ann", issuer: "i", tenant: leak == .principals ? nil : "acme")
        globex = Principal(subject: "ann", issuer: "i", tenant: leak == .principals ? nil : "globex")
        let (sealer, gate, intruder) = (AEADRequestStateSealer(), gate, globex)
        var instances: [Server] = []
        for stores in stores {
            let stores = leak?.applied(to: stores, intruder: intruder) ?? stores
            var configuration = ServerConfiguration(name: "s", version: "1")
            configuration.logger.logLevel = .critical
            configuration.startsFastHandlersInline = false
            configuration.leaseDuration = .seconds(600) // none lapses because the machine is slow
            configuration.sessionStore = stores.sessions
            configuration.eventStore = stores.events
            configuration.stateStore = stores.state
            configuration.requestStateStore = stores.state
            configuration.idempotencyStore = stores.idempotency
            configuration.leaseStore = stores.leases
            configuration.tenantRateLimitStore = stores.rates
            configuration.messageBus = stores.bus
            configuration.requestStateSealer = sealer
            if leak != .features, leak != .principals {
                configuration.tenants = TenantDirectory(try TenantConfiguration(json: Array(Self.tenants.utf8)))
            }
            let server = try Server(configuration: configuration) {
                for name in ["acme", "glob"] {
                    Tool("\(name)_tool") { (_: HandlerContext) in "answer of \(name)" }
                    Resource("\(name)://file", name: name, text: { _ in "secret of \(name)" })
                    ResourceTemplate("\(name)://files/{id}", name: "\(name) files", contents: { _, _ in
                        [.text(uri: "\(name)://files/1", mimeType: nil, text: "secret of \(name)")]
                    }).completing("id") { _, _ in ["1"] }
                    Prompt("\(name)_prompt", arguments: [PromptArgument(name: "a")]) { _, _ in GetPromptResult(messages: []) }.completing("a") { _, _ in ["b"] }
                }
                IsolationTools.hold(until: gate)
                IsolationTools.ask
                IsolationTools.remember
                IsolationTools.recall
                IsolationTools.once
                IsolationTools.rated
            }
            _ = await server.listenToInstances() // lasts as long as the bus
            instances.append(server)
        }
        self.instances = instances
    }
}

/// Tools that both tenants see.
enum IsolationTools {
    struct Name: Decodable, ToolInput {
        var name: String
        static let inputSchema = RawJSON(["type": "object", "properties": ["name": ["type": "string"]], "required": ["name"]] as JSONValue)
    }

    /// Reports progress, and returns when the gate is open.
    static func hold(until gate: Gate) -> some Feature {
        Tool("shared_hold") { (context: HandlerContext) in
            context.reportProgress(1, total: 2)
            try await gate.wait()
            return "held"
        }
    }

    /// Asks its client for roots.
    static var ask: some Feature {
        Tool("shared_ask") { (context: HandlerContext) in "\(try await context.listRoots(key: "r").roots.count) roots" }
    }

    static var remember: some Feature {
        Tool("shared_remember") { (input: Name, context: HandlerContext) in
            for owner in [ApplicationState.Owner.tenant, .caller] {
                try await context.state(of: owner).update(input.name, of: String.self) { $0 = "a secret" }
            }
            return "done"
        }
    }

    static var recall: some Feature {
        Tool("shared_recall") { (input: Name, context: HandlerContext) in
            var found: [String] = []
            for owner in [ApplicationState.Owner.tenant, .caller] {
                found.append(try await context.state(of: owner).load(input.name, as: String.self) ?? "nothing")
            }
            return found.joined(separator: ", ")
        }
    }

    /// Says who has run it, once for each name.
    static var once: some Feature {
        Tool("shared_once") { (_: Name, context: HandlerContext) in "run for \(context.principal?.tenant ?? "nobody")" }
            .idempotent { (input: Name) in input.name }
    }

    static var rated: some Feature { Tool("shared_rated") { (_: HandlerContext) in "served" } }
}
