import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
@testable import InterlockServer
import InterlockSimulation
import InterlockStorage
import InterlockTesting
import InterlockTransport
import Synchronization
import Testing

@Suite("Sessions that several instances change", .timeLimit(.minutes(5)))
struct SharedSessionChangeTests {
    private let store = GatedSessions()
    private let events = SharedMemoryEvents()
    private let bus = InMemoryMessageBus()

    private func instance(hears: Bool = true) async throws -> Server {
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.sessionStore = store
        configuration.eventStore = events
        configuration.messageBus = hears ? bus : nil
        configuration.dynamicFeatures = [.resources]
        let server = try Server(configuration: configuration) {
            for name in ["a", "b", "c"] { Resource("docs://\(name)", name: name, text: { _ in name }) }
        }
        if hears { _ = try #require(await server.listenToInstances()) } // lasts as long as the bus
        return server
    }

    private func open(_ server: Server) async throws -> [String: String] {
        let probe = try ExchangeProbe.post(Messages.initialize(), to: server)
        let id = try #require(await probe.response.headers.first { $0.name == "Mcp-Session-Id" }?.value)
        let headers = ["Mcp-Session-Id": id]
        _ = await (try ExchangeProbe.post(Messages.initialized, to: server, headers: headers)).response
        return headers
    }

    private func ask(_ server: Server, _ method: String, _ params: String, _ headers: [String: String]) async throws {
        let probe = try ExchangeProbe.post(Messages.request(method, params), to: server, headers: headers)
        #expect(await probe.response.status == 200)
    }

    private func watched(_ server: Server, _ headers: [String: String]) -> Set<String> {
        headers["Mcp-Session-Id"].flatMap { server.sessions.session($0) }?.with { $0.subscriptions } ?? []
    }

    private func stored(_ headers: [String: String]) async throws -> SessionRecord? { try await store.load(headers["Mcp-Session-Id"] ?? "") }

    @Test("what one instance is told is known to the other and in the store, and neither's writes undo the other's")
    func changes() async throws {
        let (first, second) = (try await instance(), try await instance())
        let headers = try await open(first)
        try await ask(second, "ping", "", headers) // both have the session in memory from here on
        try await ask(first, "resources/subscribe", #""uri":"docs://a""#, headers)
        try await ask(second, "resources/subscribe", #""uri":"docs://b""#, headers)
        try await ask(first, "logging/setLevel", #""level":"error""#, headers)
        let both: Set = ["docs://a", "docs://b"]
        while watched(first, headers) != both || watched(second, headers) != both { await Task.yield() }
        while try await stored(headers)?.logLevel != "error" { await Task.yield() }
        let id = try #require(headers["Mcp-Session-Id"])
        while second.sessions.session(id)?.with({ $0.logLevel }) != .error { await Task.yield() }
        try await ask(second, "resources/unsubscribe", #""uri":"docs://a""#, headers)
        while watched(first, headers) != ["docs://b"] { await Task.yield() }
        let record = try #require(try await stored(headers))
        #expect(record.subscriptions == ["docs://b"] && record.logLevel == "error" && record.isInitialized)
    }

    @Test("an instance that hears nothing loses nothing of the others when it writes")
    func unheard() async throws {
        let (first, second) = (try await instance(hears: false), try await instance(hears: false))
        let headers = try await open(first)
        try await ask(second, "ping", "", headers)
        try await ask(first, "resources/subscribe", #""uri":"docs://a""#, headers)
        while try await stored(headers)?.subscriptions != ["docs://a"] { await Task.yield() }
        try await ask(second, "resources/subscribe", #""uri":"docs://b""#, headers)
        while try await stored(headers)?.subscriptions.count != 2 { await Task.yield() }
        #expect(try await stored(headers)?.subscriptions == ["docs://a", "docs://b"])
        // It never learned of the first, and gives it up all the same.
        try await ask(first, "resources/unsubscribe", #""uri":"docs://b""#, headers)
        while try await stored(headers)?.subscriptions != ["docs://a"] { await Task.yield() }
    }

    @Test("a session that ended stays ended, however late a write of it comes; on the instance that ended it and on another", arguments: [true, false])
    func ended(elsewhere: Bool) async throws {
        let (first, second) = (try await instance(), try await instance())
        let headers = try await open(first)
        while try await stored(headers)?.isInitialized != true { await Task.yield() }
        try await ask(second, "ping", "", headers)
        store.isHeld.withLock { $0 = true }
        try await ask(first, "logging/setLevel", #""level":"error""#, headers)
        try await store.gate.waitForWaiters(1)
        let context = RequestContext(connection: Connection(kind: .http1), headers: HeaderDictionary(headers), principal: nil)
        #expect(await (elsewhere ? second : first).endSession(context).status == 204)
        if elsewhere { while store.removals.count < 1 { await Task.yield() } }
        store.gate.open()
        while store.removals.count < 1 || store.replacements.count < 2 { await Task.yield() }
        #expect(try await store.count() == 0)
        #expect(await (try ExchangeProbe.post(Messages.request("ping", ""), to: try await instance(), headers: headers)).response.status == 404)
    }
}

/// Sessions in memory whose replacements can be held up.
private final class GatedSessions: SessionStore {
    private let base = InMemorySessionStore()
    let gate = Gate()
    let isHeld = Mutex(false)
    let (removals, replacements) = (Counter(), Counter())

    func save(_ record: SessionRecord) async throws { try await base.save(record) }

    func create(_ record: SessionRecord, within quota: SessionQuota) async throws -> Bool { try await base.create(record, within: quota) }

    func replace(_ record: SessionRecord, expecting version: Int64) async throws -> Bool {
        if isHeld.withLock({ $0 }) { try await gate.wait() }
        defer { _ = replacements.next() }
        return try await base.replace(record, expecting: version)
    }

    func load(_ id: String) async throws -> SessionRecord? { try await base.load(id) }
    func touch(_ id: String, at time: Int64) async throws { try await base.touch(id, at: time) }

    func remove(_ id: String) async throws {
        try await base.remove(id)
        _ = removals.next()
    }

    func removeSessions(createdBefore created: Int64, lastUsedBefore used: Int64) async throws -> Int {
        try await base.removeSessions(createdBefore: created, lastUsedBefore: used)
    }

    func count() async throws -> Int { try await base.count() }
}
