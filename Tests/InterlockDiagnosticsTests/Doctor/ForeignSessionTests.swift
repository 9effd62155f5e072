import InterlockClient
import InterlockConcurrency
import InterlockJSON
import InterlockTransport
import Synchronization
import Testing

@testable import InterlockDiagnostics

@Suite("A session on connections that it did not begin on", .timeLimit(.minutes(5)))
struct ForeignSessionTests {
    /// What a connection answers that names the session of another one.
    enum Answer: Sendable {
        case known, unknown(Int), error(Int)
    }

    private static func seen(_ answer: Answer) async throws -> DoctorObservations.Sessions {
        let server = DiagnosedServer(era: .legacy(), isShared: true, isHTTP: true) {
            let hasBegun = Mutex(false)
            let transport = ScriptedTransport { method in
                switch method {
                case "initialize":
                    hasBegun.withLock { $0 = true }
                    return .result(#"{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"s","version":"1"}}"#)
                case _ where hasBegun.withLock(\.self): return .result("{}")
                default:
                    switch answer {
                    case .known: return .result("{}")
                    case .unknown(404): throw TransportError(.sessionNotFound, "HTTP 404", httpStatus: 404)
                    case .unknown(let status): throw TransportError(.badResponse, "HTTP \(status)", httpStatus: status)
                    case .error(let code): return .error(code)
                    }
                }
            }
            return DiagnosedServer.Link(transport, sessionID: { "s" })
        }
        var result = DoctorObservations.Sessions(opened: 1, requests: 0, lost: 0)
        try await DoctorRun(server).elsewhere(&result)
        return result
    }

    @Test("is lost where the server says that it does not know it, and not where it says something else", arguments: [
        (Answer.known, 6, 0), (.unknown(404), 6, 6), (.unknown(400), 6, 6), (.error(-32001), 6, 6), (.unknown(502), 0, 0), (.unknown(301), 0, 0),
        (.error(429), 0, 0), (.error(503), 0, 0), (.error(-32603), 0, 0),
    ])
    func lost(answer: Answer, asked: Int, lost: Int) async throws {
        let seen = try await Self.seen(answer)
        #expect(seen.elsewhere == asked && seen.lostElsewhere == lost, "\(seen)")
    }
}
