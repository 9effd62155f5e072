import InterlockJSON
import InterlockTransport
import Synchronization

extension TransportConformance {
    static let events: [Check] = [
        Check(
            "events before a response arrive before it and in order",
            rule: "ResponseStream: any number of events, then one response; order is the order of the calls."
        ) { subject, expect in
            try await TransportSession.with(subject, expect) { session in
                let arrival = try await session.hold(1)
                for number in 0..<50 { try await arrival.deliver(WireMessage.note("[\(number)]")) }
                arrival.respond(.emptyObject)
                _ = try await session.response(to: 1)
                try expect.same(session.receiver.notes.map(\.description), (0..<50).map { "[\($0)]" }, "the events in order")
                try expect.require(
                    session.receiver.entries.last?.response(to: 1) != nil, "the response after its events", found: session.receiver.entries.last?.summary ?? "nothing")
            }
        },
        Check(
            "messages of the server that belong to no request arrive in order",
            rule: "ClientTransport.openServerStream and EventSink: an ordered way for messages that belong to no request."
        ) { subject, expect in
            try await TransportSession.with(subject, expect) { session in
                try await expect.awaiting("openServerStream to return") { try await session.client.openServerStream() }
                let sink = try await expect.awaiting("the runtime to be given a sink") { try await session.runtime.outbound.first { $0 } }
                for number in 0..<100 { Arrival.send(WireMessage.note("[\(number)]"), to: sink) }
                try await expect.awaiting("100 messages") { try await session.receiver.log.wait { $0.count >= 100 } }
                try expect.same(session.receiver.notes.map(\.description), (0..<100).map { "[\($0)]" }, "the messages in order")
                try await session.echo(1)
            }
        },
        Check(
            "a stream that the server has ended takes nothing more, and everything before it arrives",
            rule: "EventSink.close and ResponseStream.finish: the end follows what is queued, later calls are ignored, and onDisconnect does not run after a regular end."
        ) { subject, expect in
            try await TransportSession.with(subject, expect) { session in
                let arrival = try await session.hold(1)
                let sink = arrival.wayBack.sink
                let wasTold = Atomic(false)
                sink.onDisconnect { wasTold.store(true, ordering: .releasing) }
                for number in 0..<20 { try await arrival.deliver(WireMessage.note("[\(number)]")) }
                arrival.respond(RawJSON(.string("first")))
                if case .connection = arrival.wayBack { sink.close() }
                arrival.respond(RawJSON(.string("second")))
                try expect.same(sink.send(OutboundEvent(data: WireMessage.note("[20]"))), .closed, "what a send after the end says")
                do {
                    try await sink.writable()
                    throw expect.failure("writable to throw a TransportError after the end", found: "that it returned")
                } catch is TransportError {}
                try expect.same(try await session.response(to: 1).result?.string, "first", "the response")
                sink.close()
                if subject.flow == .connection {
                    try await expect.awaiting("the client to hear that the connection has ended") { try await session.receiver.log.wait { $0.contains(where: \.isEnd) } }
                }
                try await session.end()
                try expect.same(session.receiver.notes.map(\.description), (0..<20).map { "[\($0)]" }, "the events")
                let responses = session.receiver.entries.count { $0.response(to: 1) != nil }
                try expect.same(responses, 1, "the number of responses")
                try expect.require(!wasTold.load(ordering: .acquiring), "onDisconnect to stay silent after a regular end", found: "that it ran")
            }
        },
    ]
}
