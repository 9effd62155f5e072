import InterlockJSON
import InterlockTransport

extension TransportConformance {
    static let endings: [Check] = [
        Check(
            "a graceful shutdown finishes what is in flight, then run returns and the client hears of the end once",
            rule: "ServerTransport.beginGracefulShutdown: takes no new work and lets `run` return when what is in flight has finished; idempotent."
        ) { subject, expect in
            try await TransportSession.with(subject, expect) { session in
                let arrival = try await session.hold(1)
                session.server.beginGracefulShutdown()
                session.server.beginGracefulShutdown()
                if subject.flow == .connection {
                    let isFinishing = try await expect.awaiting("the shutdown to reach the runtime") { try await session.runtime.ends.first { $0 } }
                    try expect.require(isFinishing, "what is in flight to be finished", found: "that the peer was told to cancel it")
                }
                for number in 0..<5 { try await arrival.deliver(WireMessage.note("[\(number)]")) }
                try expect.require(session.returned.entries.isEmpty, "run to go on while a request is in flight", found: "that it has returned")
                arrival.respond(RawJSON(.string("finished")))
                try expect.same(try await session.response(to: 1).result?.string, "finished", "the result")
                try expect.same(session.receiver.notes.count, 5, "the number of events after the shutdown began")
                try await session.serverToReturn()
                if subject.flow == .connection {
                    try await expect.awaiting("the client to hear of the end") { try await session.receiver.log.wait { $0.contains(where: \.isEnd) } }
                }
                try await session.end()
                try expect.same(session.receiver.disconnections.count, 1, "how often the client heard of the end")
            }
        },
        Check(
            "cancelling run ends it at once, and fails what is in flight",
            rule: "ServerTransport.run: cancelling ends it at once; the client's request fails instead of waiting for ever."
        ) { subject, expect in
            try await TransportSession.with(subject, expect) { session in
                _ = try await session.hold(1)
                session.running.cancel()
                try await session.serverToReturn()
                let entry = try await expect.awaiting("request 1 to fail") { try await session.receiver.log.first { $0.decides(1) ? $0 : nil } }
                if case .message = entry { throw expect.failure("request 1 to fail", found: entry.summary) }
            }
        },
        Check(
            "a server that takes no more connections is an error of run",
            rule: "ServerRuntime.connect throws TransportError when the server takes no more connections, and run does not hide it."
        ) { subject, expect in
            guard subject.flow == .connection else { throw SkippedCheck(reason: "\(subject) joins no connections to the runtime") }
            let link = try await subject.makeLink()
            let client = try await link.connect()
            do {
                try await expect.awaiting("run to throw") { try await link.server.run(RecordingRuntime(takesConnections: false)) }
                throw expect.failure("run to throw the runtime's refusal", found: "that it returned")
            } catch let error as TransportError {
                try expect.same(error.code, .refused, "the code of the error")
            }
            await expect.awaiting("close of the client to return") { await client.close() }
        },
        Check(
            "close is idempotent, reports the end once, and nothing is delivered after it",
            rule: "ClientTransport.close: idempotent; returns when nothing is left."
        ) { subject, expect in
            try await TransportSession.with(subject, expect) { session in
                try await session.echo(1)
                let arrival = try await session.hold(2)
                await expect.awaiting("three closes at once to return") {
                    await withTaskGroup { group in for _ in 0..<3 { group.addTask { await session.client.close() } } }
                }
                let before = session.receiver.entries.count
                arrival.respond(.emptyObject)
                Arrival.send(WireMessage.note("{}"), to: arrival.wayBack.sink)
                try await session.end()
                try expect.same(session.receiver.disconnections.count, 1, "how often the end was reported")
                try expect.same(session.receiver.entries.count, before, "the number of messages after close")
            }
        },
    ]
}
