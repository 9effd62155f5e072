import InterlockJSON
import InterlockTransport

extension TransportConformance {
    static let misuse: [Check] = [
        Check(
            "a second start is refused, and the first goes on",
            rule: "ClientTransport.start: call once. Misuse of a public interface throws a TransportError, it does not take the receiver away."
        ) { subject, expect in
            try await TransportSession.with(subject, expect) { session in
                try await refused("start", expect) { try await session.client.start(ReceiverLog()) }
                try await session.echo(1)
            }
        },
        Check(
            "send and start after close are refused",
            rule: "ClientTransport.close ends the connection: what comes after it throws a TransportError."
        ) { subject, expect in
            try await TransportSession.with(subject, expect) { session in
                try await session.echo(1)
                await expect.awaiting("close of the client to return") { await session.client.close() }
                try await refused("send of a request", expect) { try await session.client.send(WireMessage.request(2)) }
                try await refused("send of a notification", expect) { try await session.client.send(WireMessage.notification(params: "{}")) }
                try await refused("start", expect) { try await session.client.start(ReceiverLog()) }
                try await session.end()
                try expect.same(session.runtime.arrivals.entries.count, 1, "the number of messages that reached the runtime")
            }
        },
    ]

    private static func refused(_ what: String, _ expect: Expectation, _ body: () async throws -> Void) async throws {
        do {
            try await expect.awaiting("\(what) to throw") { try await body() }
        } catch is TransportError {
            return
        }
        throw expect.failure("\(what) to throw a TransportError", found: "that it returned")
    }
}
