import InterlockJSON
import InterlockTransport

extension TransportConformance {
    static let order: [Check] = [
        Check(
            "messages of one connection are handed over in order, one at a time",
            rule: "ConnectedPeer.receive: messages of one connection are handed over in order, one call at a time."
        ) { subject, expect in
            guard subject.flow == .connection else { throw SkippedCheck(reason: "every message of \(subject) has a stream of its own, and no order") }
            try await TransportSession.with(subject, expect) { session in
                for number in 0..<500 { try await session.client.send(WireMessage.notification(params: "[\(number)]")) }
                try await session.echo(1)
                let numbers = session.runtime.arrivals.entries.compactMap { $0.message.params.flatMap { try? $0.decode([Int].self).first } }
                try expect.same(numbers, Array(0..<500), "the notifications in the order they were sent in")
                try expect.same(session.runtime.mostAtOnce, 1, "the number of messages handed over at once")
            }
        },
        Check(
            "messages that many threads of the client send at once do not interleave",
            rule: "A message travels whole; ClientTransport.send may be called by any number of tasks at once."
        ) { subject, expect in
            try await TransportSession.with(subject, expect) { session in
                await withTaskGroup { group in
                    for lane in 0..<Lanes.count {
                        group.addTask {
                            for number in 0..<Lanes.messages {
                                do { try await session.client.send(WireMessage.notification(params: Lanes.params(lane, number))) } catch {
                                    session.receiver.log.append(.notSent(nil, error))
                                }
                            }
                        }
                    }
                }
                try await expect.awaiting("\(Lanes.count * Lanes.messages) whole messages at the runtime") {
                    try await session.runtime.arrivals.wait { [runtime = session.runtime] in
                        $0.count + runtime.malformed.entries.count >= Lanes.count * Lanes.messages
                    }
                }
                try expect.same(session.runtime.malformed.entries.count, 0, "the number of messages that were damaged on the way")
                let params = session.runtime.arrivals.entries.compactMap { $0.message.params?.description }
                try Lanes.check(params, keepingOrder: subject.flow == .connection, expect)
                try expect.require(session.receiver.entries.isEmpty, "nothing sent back", found: session.receiver.entries.first?.summary ?? "")
            }
        },
        Check(
            "messages that many threads of the server send at once do not interleave",
            rule: "EventSink: implementations keep order and never interleave two messages."
        ) { subject, expect in
            try await TransportSession.with(subject, expect) { session in
                let arrival = try await session.hold(1)
                try await expect.awaiting("room for every event") {
                    try await withThrowingTaskGroup { group in
                        for lane in 0..<Lanes.count {
                            group.addTask { for number in 0..<Lanes.messages { try await arrival.deliver(WireMessage.note(Lanes.params(lane, number))) } }
                        }
                        try await group.waitForAll()
                    }
                }
                arrival.respond(.emptyObject)
                _ = try await session.response(to: 1)
                try Lanes.check(session.receiver.notes.map(\.description), keepingOrder: true, expect)
                try expect.require(session.receiver.entries.last?.response(to: 1) != nil, "the response as the last message", found: session.receiver.entries.last?.summary ?? "nothing")
            }
        },
    ]
}

/// What several senders send at once: each its own numbers, in messages of very different sizes.
enum Lanes {
    static let count = 8
    static let messages = 50

    static func params(_ lane: Int, _ number: Int) -> String {
        let length = number % 10 == 0 ? 20_000 : number * 17
        return #"{"lane":\#(lane),"number":\#(number),"filler":"\#(String(repeating: "abcdefgh"[lane], count: length))"}"#
    }

    /// Demands every message of every sender once and undamaged, each sender's in its order where there is one.
    static func check(_ found: [String], keepingOrder: Bool, _ expect: Expectation) throws {
        for lane in 0..<count {
            let sent = (0..<messages).map { params(lane, $0) }
            let came = found.filter { $0.hasPrefix(#"{"lane":\#(lane),"#) }
            if keepingOrder { try expect.same(came, sent, "the messages of sender \(lane)") }
            try expect.same(came.sorted(), sent.sorted(), "the messages of sender \(lane)")
        }
        try expect.same(found.count, count * messages, "the number of messages")
    }
}

extension String {
    fileprivate subscript(position: Int) -> String { String(self[index(startIndex, offsetBy: position)]) }
}
