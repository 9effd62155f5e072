import InterlockJSON
import InterlockSimulation
import InterlockTransport

extension TransportConformance {
    static let requests: [Check] = [
        Check(
            "a request reaches the runtime byte for byte, and its response comes back the same way",
            rule: "A transport moves messages and rewrites nothing in them (ServerTransport; JSON-RPC 2.0 §4 and §5)."
        ) { subject, expect in
            try await TransportSession.with(subject, expect) { session in
                let params = #"{"b" : 1.0e+2,  "a":[ ],"n":12345678901234567890,"n2":-0.10,"s":"\u00e9\/","":null}"#
                let result = try await session.echo(7, params: params)
                let arrival = try await session.arrival(of: 7)
                try expect.same(arrival.message.method, WireMessage.echo, "the method")
                try expect.same(arrival.message.params?.description, params, "the params at the runtime")
                try expect.same(result.description, params, "the result at the client")
                if let bytes = arrival.bytes { try expect.same(bytes, WireMessage.request(7, params: params).bytes, "the whole message") }
            }
        },
        Check(
            "ids of every kind find their own request",
            rule: "An id is a string or an integer and comes back as it was: 1 and \"1\" are two requests (spec, Base Protocol › Messages)."
        ) { subject, expect in
            try await TransportSession.with(subject, expect) { session in
                let ids: [RequestID] = [1, "1", 0, -1, 9_007_199_254_740_991, "", "ünï \"q\" \\ /", "\u{1F600}"]
                for id in ids { _ = try await session.hold(id) }
                for (index, id) in ids.enumerated().reversed() {
                    try await session.arrival(of: id).respond(RawJSON(["for": .number(JSONNumber(index))] as JSONValue))
                    try expect.same(try await session.response(to: id).result?["for"]?.int, index, "the result of request \(id)")
                }
            }
        },
        Check(
            "responses come in any order, each to its own request, and none waits for another",
            rule: "Requests in flight are independent; a slow one holds no other up (spec, Base Protocol › Messages; Exchange)."
        ) { subject, expect in
            try await TransportSession.with(subject, expect) { session in
                let ids = (1...16).map { RequestID.integer($0) }
                for id in ids { _ = try await session.hold(id) }
                var random = SeededRandom(seed: 16)
                for id in ids.shuffled(using: &random) {
                    try await session.arrival(of: id).respond(RawJSON(.string("\(id)")))
                    try expect.same(try await session.response(to: id).result?.string, "\(id)", "the result of request \(id)")
                }
            }
        },
        Check(
            "1,000 concurrent requests are all answered, each once and with its own answer",
            rule: "Exactly one response answers a request (JSON-RPC 2.0 §5), whatever the load."
        ) { subject, expect in
            try await TransportSession.with(subject, expect) { session in
                for id in 1...1_000 { session.begin(WireMessage.request(.integer(Int64(id)), params: #"{"n":\#(id)}"#)) }
                try await expect.awaiting("1,000 responses") { try await session.receiver.log.wait { $0.count >= 1_000 } }
                try await session.end()
                try expect.onlyResponses(to: 1...1_000, in: session.receiver.entries)
                try expect.same(session.runtime.arrivals.entries.count, 1_000, "the number of requests that reached the runtime")
            }
        },
    ]
}

extension Expectation {
    /// Demands one response for each id, carrying its own number, and nothing else but the end.
    func onlyResponses(to ids: ClosedRange<Int>, in entries: [ReceiverLog.Entry]) throws(ConformanceFailure) {
        var answered = Set<Int>()
        for entry in entries {
            if case .disconnected = entry { continue }
            guard case .message(let message, let request) = entry, message.method == nil, case .integer(let id)? = message.id else {
                throw failure("nothing but responses", found: entry.summary)
            }
            try require(answered.insert(Int(id)).inserted, "one response to request \(id)", found: "a second one")
            try same(message.result?["n"]?.int, Int(id), "the number in the response to \(id)")
            try require(request == nil || request == message.id, "the response to \(id) on its own stream", found: entry.summary)
        }
        let missing = Set(ids).subtracting(answered).sorted()
        try require(missing.isEmpty, "a response to each of \(ids.count) requests", found: "none to \(missing.prefix(10)) (\(missing.count) are missing)")
    }
}
