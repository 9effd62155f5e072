import InterlockJSON
import InterlockTransport

extension TransportConformance {
    static let cancellation: [Check] = [
        Check(
            "an abandoned request hears nothing more, and the others go on",
            rule: "ClientTransport.abandon: closes the response stream where that means cancellation and does nothing elsewhere; the receiver is told nothing (spec, Utilities › Cancellation)."
        ) { subject, expect in
            try await TransportSession.with(subject, expect) { session in
                let other = try await session.hold("other")
                let arrival = try await session.hold("abandoned")
                session.client.abandon("abandoned")
                switch arrival.wayBack {
                case .stream:
                    try await expect.awaiting("the runtime to learn that the stream was closed") {
                        try await session.runtime.left.wait { $0.contains("abandoned") }
                    }
                    arrival.respond(RawJSON(.string("too late")))
                    try expect.same(arrival.wayBack.sink.send(OutboundEvent(data: WireMessage.note("{}"))), .closed, "what a send on the closed stream says")
                case .connection:
                    session.begin(WireMessage.cancelled("abandoned"))
                    try await expect.awaiting("the cancellation to reach the runtime") {
                        try await session.runtime.arrivals.wait { $0.contains { $0.message.id == nil } }
                    }
                    arrival.answered()
                }
                other.respond(.emptyObject)
                _ = try await session.response(to: "other")
                try await session.echo("next")
                try await session.end()
                let entries = session.receiver.entries.filter { !$0.isEnd && $0.decides("abandoned") }
                try expect.require(entries.isEmpty, "silence about the abandoned request", found: entries.first?.summary ?? "")
                try expect.require(session.receiver.notes.isEmpty, "no event on the closed stream", found: "one")
            }
        },
        Check(
            "closing the client ends its peer on the server, and fails what is in flight",
            rule: "ClientTransport.close and ConnectedPeer.disconnected: both runtimes learn of the end; calls in flight fail with `closed`, or are finished where the transport says so."
        ) { subject, expect in
            try await TransportSession.with(subject, expect) { session in
                let arrival = try await session.hold(1)
                await expect.awaiting("close of the client to return") { await session.client.close() }
                try await expect.awaiting("the runtime to learn that the client is gone") {
                    switch arrival.wayBack {
                    case .stream: try await session.runtime.left.wait { $0.contains(1) }
                    case .connection: try await session.runtime.ends.wait { !$0.isEmpty }
                    }
                }
                arrival.respond(.emptyObject)
                let entry = try await expect.awaiting("request 1 to fail") { try await session.receiver.log.first { $0.decides(1) ? $0 : nil } }
                switch entry {
                case .failed(_, let error), .disconnected(let error): try expect.same(error.code, .closed, "the code of the failure")
                default: throw expect.failure("request 1 to fail with `closed`", found: entry.summary)
                }
                if subject.endsWithClient { try await session.serverToReturn() }
            }
        },
    ]
}
