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

@Suite("A requestState is good for one retry over all instances", .timeLimit(.minutes(5)))
struct SharedRequestStateTests {
    private let clock = ManualClock()
    private let sealer = AEADRequestStateSealer(key: [UInt8](repeating: 7, count: 32))

    private func client(_ store: (any StateStore)?) throws -> WireClient {
        var configuration = ServerConfiguration(name: "s", version: "1")
        configuration.clock = clock
        configuration.requestStateSealer = sealer
        configuration.requestStateStore = store
        return try WireClient(try Server(configuration: configuration) {
            Tool("ask") { (context: HandlerContext) in "\(try await context.listRoots(key: "r").roots.count) roots" }
        })
    }

    private func retry(_ state: String, id: Int) -> String {
        Messages.call("ask", id: "\(id)", modern: true, extra: #","requestState":"\#(state)","inputResponses":{"r":{"roots":[]}}"#)
    }

    @Test("a replay elsewhere is refused with a shared store; without one it is taken once more", arguments: [true, false])
    func replay(shares: Bool) async throws {
        let store = shares ? InMemoryStateStore(clock: clock) : nil
        let (first, second) = (try client(store), try client(store))
        let asked = try await first.request(Messages.call("ask", modern: true))
        let state = try #require(asked["result"]?["requestState"]?.string)
        #expect(try await first.request(retry(state, id: 2)).text == "0 roots")
        let replayed = try await second.request(retry(state, id: 3))
        #expect(replayed.errorCode == (shares ? -32602 : nil))
        #expect(replayed.errorMessage?.contains("used before") ?? false == shares)
        #expect(try await first.request(retry(state, id: 4)).errorMessage?.contains("used before") == true)
    }

    @Test("a use is remembered for longer than the state lives, and then forgotten")
    func forgotten() async throws {
        let store = InMemoryStateStore(clock: clock)
        let client = try client(store)
        let state = try #require(try await client.request(Messages.call("ask", modern: true))["result"]?["requestState"]?.string)
        _ = try await client.request(retry(state, id: 2))
        let life = ServerConfiguration(name: "s", version: "1").inputTimeout
        clock.advance(by: life)
        #expect(try await client.request(retry(state, id: 3)).errorMessage?.contains("expired") == true)
        #expect(store.storedBytes > 0)
        clock.advance(by: RequestStateClaim.clockDifference + .seconds(1))
        _ = try await store.commit([StateChange("other", expecting: .anything, value: nil)])
        #expect(store.storedBytes == 0)
    }

    @Test("when the store cannot be asked nothing runs, and the state is not used up")
    func unavailable() async throws {
        let store = FailingStateStore()
        let client = try client(store)
        let state = try #require(try await client.request(Messages.call("ask", modern: true))["result"]?["requestState"]?.string)
        store.fails.store(true, ordering: .relaxed)
        let refused = try await client.request(retry(state, id: 2))
        #expect(refused.errorCode == -32603 && refused.errorMessage?.contains("nothing was done") == true)
        store.fails.store(false, ordering: .relaxed)
        #expect(try await client.request(retry(state, id: 3)).text == "0 roots")
    }
}
