import InterlockClient
import InterlockJSON
import InterlockProtocol
import InterlockSimulation
import InterlockTransport
import Testing

@Suite("Connecting finds out the server's era", .timeLimit(.minutes(5)))
struct ConnectTests {
    @Test("A discovery result makes a modern connection without a handshake")
    func modern() async throws {
        try await withFixture { (fixture: Fixture) async throws in
            #expect(fixture.client.server?.revision == .v2026_07_28)
            #expect(fixture.client.server?.info?.name == "scripted")
            #expect(fixture.transport.negotiation == ClientNegotiation(revision: "2026-07-28", isModern: true))
            #expect(fixture.server.messages.map(\.method) == [Method.discover])
            let meta = try #require(fixture.server.messages.first?.params?["_meta"])
            #expect(meta[MetaKey.protocolVersion]?.string == "2026-07-28")
            #expect(meta[MetaKey.clientCapabilities]?.kind == .object)
            #expect(meta[MetaKey.clientInfo]?["name"]?.string == "test")
        }
    }

    @Test("Any error that is not a modern one means a legacy server", arguments: [-32601, -32602, -32600, -32000, -32603, 7])
    func legacyByError(code: Int) async throws {
        try await withFixture(connected: false, script: { message, server in
            switch message.method {
            case Method.discover: server.fail(message, code)
            case Method.initialize: server.reply(message, Replies.initialize())
            default: break
            }
        }) { (fixture: Fixture) async throws in
            let server = try await fixture.client.connect()
            #expect(server.revision == .v2025_11_25)
            #expect(fixture.server.messages.map(\.method) == [Method.discover, Method.initialize, Method.initialized])
            #expect(fixture.server.messages[1].params?["protocolVersion"]?.string == "2025-11-25")
            #expect(fixture.server.messages[1].params?["_meta"] == nil)
            #expect(fixture.transport.negotiation == ClientNegotiation(revision: "2025-11-25", isModern: false))
        }
    }

    @Test("Silence means a legacy server once the probe's time is up")
    func legacyBySilence() async throws {
        try await withFixture(connected: false, script: { message, server in
            if message.method == Method.initialize { server.reply(message, Replies.initialize("2024-11-05")) }
        }) { (fixture: Fixture) async throws in
            async let connected = fixture.client.connect()
            await fixture.server.waitFor(Method.discover)
            try await fixture.clock.waitForPending(1)
            fixture.clock.advance(by: .seconds(5))
            #expect(try await connected.revision == .v2024_11_05)
        }
    }

    @Test("A result that is no discovery result means a legacy server")
    func legacyByShape() async throws {
        try await withFixture(connected: false, script: { message, server in
            server.reply(message, message.method == Method.initialize ? Replies.initialize() : "{}")
        }) { (fixture: Fixture) async throws in
            #expect(try await fixture.client.connect().revision == .v2025_11_25)
        }
    }

    @Test("A refused version with only legacy ones on offer leads to initialize")
    func unsupportedVersionToLegacy() async throws {
        try await withFixture(connected: false, script: { message, server in
            if message.method == Method.discover {
                server.fail(message, -32022, data: #"{"supported":["2025-06-18"],"requested":"2026-07-28"}"#)
            } else if message.method == Method.initialize {
                server.reply(message, Replies.initialize("2025-06-18"))
            }
        }) { (fixture: Fixture) async throws in
            #expect(try await fixture.client.connect().revision == .v2025_06_18)
        }
    }

    @Test("No revision in common is said, with the server's own list")
    func incompatible() async throws {
        try await withFixture(connected: false, script: { message, server in
            server.fail(message, -32022, data: #"{"supported":["2030-01-01"],"requested":"2026-07-28"}"#)
        }) { (fixture: Fixture) async throws in
            let error = await #expect(throws: ClientError.self) { try await fixture.client.connect() }
            #expect(error?.code == .incompatible)
            #expect(error?.message.contains("2030-01-01") == true)
        }
    }

    @Test("A modern refusal stands: there is no fall-back", arguments: [-32020, -32021])
    func refused(code: Int) async throws {
        try await withFixture(connected: false, script: { message, server in server.fail(message, code) }) { (fixture: Fixture) async throws in
            let error = await #expect(throws: ProtocolError.self) { try await fixture.client.connect() }
            #expect(error?.code.rawValue == code)
            #expect(fixture.server.messages.count == 1)
        }
    }

    @Test("A handshake with a revision nobody knows fails, and the client stays closed")
    func unknownLegacyRevision() async throws {
        try await withFixture(connected: false, configuration: ClientConfiguration(era: .legacy()), script: { message, server in
            server.reply(message, Replies.initialize("1999-01-01"))
        }) { (fixture: Fixture) async throws in
            let error = await #expect(throws: ClientError.self) { try await fixture.client.connect() }
            #expect(error?.code == .incompatible)
            await #expect(throws: ClientError.self) { try await fixture.client.ping() }
        }
    }

    @Test("A modern-only server that gets initialize is asked again in its own revision")
    func modernOnlyServer() async throws {
        try await withFixture(connected: false, configuration: ClientConfiguration(era: .legacy()), script: { message, server in
            if message.method == Method.initialize {
                server.fail(message, -32022, data: #"{"supported":["2026-07-28"]}"#)
            } else {
                server.reply(message, Replies.discover)
            }
        }) { (fixture: Fixture) async throws in
            #expect(try await fixture.client.connect().revision == .v2026_07_28)
        }
    }

    @Test("The era can be given, and then nothing is sent to find it out")
    func givenEra() async throws {
        try await withFixture(connected: false, configuration: ClientConfiguration(era: .modern()), script: { message, server in
            server.reply(message, Replies.text("hello"))
        }) { (fixture: Fixture) async throws in
            try await fixture.client.connect()
            #expect(fixture.server.messages.isEmpty)
            #expect(try await fixture.client.callTool("greet").content == [.text("hello")])
        }
    }

    @Test("A client connects once, and not at all after close")
    func misuse() async throws {
        try await withFixture { (fixture: Fixture) async throws in
            let error = await #expect(throws: ClientError.self) { try await fixture.client.connect() }
            #expect(error?.code == .misuse)
        }
    }
}
