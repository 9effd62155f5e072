import InterlockAuthorization
import InterlockSimulation
import Synchronization

/// Answers requests by a script and remembers them.
final class ScriptedFetcher: HTTPFetching {
    struct Down: Error {}
    typealias Script = @Sendable (FetchRequest) throws -> FetchResponse

    private let script: Mutex<Script>
    private let seen = Mutex<[FetchRequest]>([])
    /// Closed, it holds every answer back.
    let gate: Gate?

    init(gate: Gate? = nil, _ script: @escaping Script) {
        self.script = Mutex(script)
        self.gate = gate
    }

    convenience init(json: String, headers: [(name: String, value: String)] = []) {
        self.init { _ in FetchResponse(status: 200, headers: headers, body: Array(json.utf8)) }
    }

    var count: Int { seen.withLock { $0.count } }
    var requests: [FetchRequest] { seen.withLock { $0 } }

    func answer(_ next: @escaping Script) { script.withLock { $0 = next } }
    func answer(json: String) { answer { _ in FetchResponse(status: 200, body: Array(json.utf8)) } }

    func fetch(_ request: FetchRequest) async throws -> FetchResponse {
        seen.withLock { $0.append(request) }
        // As many clients do, it calls a cancelled request a failed one.
        do { try await gate?.wait() } catch { throw Down() }
        let script = script.withLock { $0 }
        return try script(request)
    }
}
