import InterlockHTTPServer
import InterlockTransport
import Testing

@Suite("HTTP/1.1 requests", .timeLimit(.minutes(5)))
struct HTTP1Tests {
    @Test("a call is answered as JSON with a length and a date")
    func plainAnswer() async throws {
        try await withServer { server in
            let client = try await server.connect()
            try await client.send(post(call("echo", params: #"{"a":1}"#)))
            let reply = try await client.readReply()
            #expect(reply.status == 200)
            #expect(reply["content-type"] == "application/json")
            #expect(reply["date"] == "Thu, 01 Jan 2026 00:00:00 GMT")
            #expect(reply.body == #"{"jsonrpc":"2.0","id":1,"result":{"a":1}}"#)
        }
    }

    @Test("one connection serves one request after the other, from the loop and from other threads")
    func keepAlive() async throws {
        try await withServer { server in
            let client = try await server.connect()
            for id in 0..<50 {
                try await client.send(post(call(id % 2 == 0 ? "echo" : "offloop", id: id)))
                let reply = try await client.readReply()
                #expect(reply.body.contains(#""id":\#(id),"#))
            }
            #expect(server.transport.connectionCount == 1)
        }
    }

    @Test("a client is told for how long an idle connection stays open, unless the connection ends or it is less than a second", arguments: [
        (Duration.seconds(75), "timeout=75"), (.milliseconds(2_900), "timeout=2"), (.milliseconds(900), nil),
    ] as [(Duration, String?)])
    func toldKeepAlive(idleTimeout: Duration, field: String?) async throws {
        try await withServer({ $0.idleTimeout = idleTimeout }) { server in
            let client = try await server.connect()
            try await client.send(post(call("echo")))
            let kept = try await client.readReply()
            #expect(kept["keep-alive"] == field && kept["connection"] == field.map { _ in "keep-alive" })
            try await client.send(post(call("echo"), fields: ["Connection: close"]))
            let last = try await client.readReply()
            #expect(last["keep-alive"] == nil && last["connection"] == "close")
        }
    }

    @Test("pipelined requests are answered in order, whatever order they finish in")
    func pipelining() async throws {
        try await withServer { server in
            let client = try await server.connect()
            try await client.send(post(call("hold", id: 1)) + post(call("echo", id: 2)) + post(call("offloop", id: 3)) + post(call("echo", id: 4)))
            let first = try await server.runtime.held.next()
            try await server.settle()
            #expect(server.runtime.receivedCount == 1)
            first.stream.finish(FakeRuntime.answer(first.message))
            for id in 1...4 {
                let reply = try await client.readReply()
                #expect(reply.body.contains(#""id":\#(id),"#))
            }
        }
    }

    @Test("a thousand pipelined requests behind a held one wait without being read, then all are answered")
    func deepPipelining() async throws {
        try await withServer { server in
            let client = try await server.connect()
            try await client.send(post(call("hold", id: 0)))
            let first = try await server.runtime.held.next()
            async let sent: Void = client.send((1...1_000).map { post(call("echo", id: $0)) }.joined())
            try await server.settle()
            first.stream.finish(FakeRuntime.answer(first.message))
            for id in 0...1_000 {
                let reply = try await client.readReply()
                #expect(reply.body.contains(#""id":\#(id),"#))
            }
            try await sent
        }
    }

    @Test("a body in chunks, and in single bytes, is put together")
    func chunkedBody() async throws {
        try await withServer { server in
            let client = try await server.connect()
            let message = call("echo", params: #"{"text":"in pieces"}"#)
            var text = post("", fields: ["Transfer-Encoding: chunked"])
            for byte in message { text += "1\r\n\(byte)\r\n" }
            text += "0\r\n\r\n"
            try await client.send(text)
            #expect(try await client.readReply().body.contains("in pieces"))
            for byte in Array(post(message).utf8) { try await client.send([byte]) }
            #expect(try await client.readReply().body.contains("in pieces"))
        }
    }

    @Test("notifications get 202 without a body, batches one answer, broken JSON 400 with the parse error")
    func otherInputs() async throws {
        try await withServer { server in
            let client = try await server.connect()
            try await client.send(post(#"{"jsonrpc":"2.0","method":"notify"}"#))
            let accepted = try await client.readReply()
            #expect(accepted.status == 202 && accepted.body.isEmpty && accepted["content-type"] == nil)
            try await client.send(post("[\(call("echo")),\(call("echo", id: 2)),1]"))
            #expect(try await client.readReply().body == "[3]")
            try await client.send(post(#"{"jsonrpc":"2.0","id":"#))
            let broken = try await client.readReply()
            #expect(broken.status == 400 && broken.body.contains("-32700"))
            try await client.send(post(""))
            #expect(try await client.readReply().status == 400)
            try await client.send(post(call("unknown")))
            #expect(try await client.readReply().status == 404)
        }
    }

    @Test("a large answer arrives whole")
    func largeAnswer() async throws {
        try await withServer { server in
            let client = try await server.connect()
            try await client.send(post(call("big", params: #"{"size":3000000}"#)) + post(call("echo", id: 2)))
            #expect(try await client.readReply().body.utf8.count == 3_000_000 + 36)
            #expect(try await client.readReply().body.contains(#""id":2"#))
        }
    }

    @Test("Connection: close is honoured, and so is HTTP/1.0")
    func connectionClose() async throws {
        try await withServer { server in
            let client = try await server.connect()
            try await client.send(post(call("echo"), fields: ["Connection: close"]))
            let reply = try await client.readReply()
            #expect(reply["connection"] == "close")
            #expect(try await client.readToEnd().isEmpty)
            let old = try await server.connect()
            try await old.send(post(call("echo")).replacing("HTTP/1.1", with: "HTTP/1.0"))
            #expect(try await old.readToEnd().contains(#""id":1"#))
            let oldStream = try await server.connect()
            try await oldStream.send(post(call("hold")).replacing("HTTP/1.1", with: "HTTP/1.0"))
            let exchange = try await server.runtime.held.next()
            _ = exchange.stream.send(OutboundEvent(data: Array("1".utf8)))
            exchange.stream.finish(OutboundResponse(body: Array("2".utf8)))
            let text = try await oldStream.readToEnd()
            #expect(!text.contains("chunked") && text.hasSuffix("data: 1\n\ndata: 2\n\n"))
        }
    }

    @Test("Expect: 100-continue is answered before the body, unless the request is refused")
    func expectContinue() async throws {
        try await withServer { server in
            let client = try await server.connect()
            let message = call("echo")
            try await client.send(post("", fields: ["Expect: 100-continue"], length: message.utf8.count))
            #expect(try await client.readReply().status == 100)
            try await client.send(message)
            #expect(try await client.readReply().status == 200)
            try await client.send(post("", contentType: "text/plain", fields: ["Expect: 100-continue"], length: message.utf8.count))
            let refused = try await client.readReply()
            #expect(refused.status == 415 && refused["connection"] == "close")
        }
    }

    @Test("a refused request with a short body leaves the connection usable")
    func refusalKeepsConnection() async throws {
        try await withServer { server in
            let client = try await server.connect()
            try await client.send(post(call("echo"), accept: "text/html") + post(call("echo", id: 2)))
            #expect(try await client.readReply().status == 406)
            #expect(try await client.readReply().body.contains(#""id":2"#))
        }
    }

    @Test(
        "malformed HTTP is answered 400 and closed",
        arguments: [
            "GARBAGE\r\n\r\n", "POST /mcp HTTP/9.9\r\nHost: localhost\r\n\r\n",
            "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
            "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST /mcp HTTP/1.1\r\nHost : localhost\r\n\r\n",
            post("zz\r\n", fields: ["Transfer-Encoding: chunked"]),
        ])
    func malformed(text: String) async throws {
        try await withServer { server in
            let client = try await server.connect()
            try await client.send(text)
            let reply = try await client.readReply()
            #expect(reply.status == 400 && reply["connection"] == "close")
            #expect(try await client.readToEnd().isEmpty)
        }
    }

    @Test("too large a head is answered 431")
    func largeHead() async throws {
        try await withServer { server in
            let client = try await server.connect()
            try await client.send(post("{}", fields: ["X-Filler: " + String(repeating: "x", count: 70_000)]))
            #expect(try await client.readReply().status == 431)
        }
    }

    @Test("too large a body is refused from its length, and in chunks as soon as it is too large")
    func largeBody() async throws {
        try await withServer({ $0.maximumBodyBytes = 100_000 }) { server in
            let announced = try await server.connect()
            try await announced.send(post("", length: 100_001))
            let reply = try await announced.readReply()
            #expect(reply.status == 413 && reply["connection"] == "close" && reply.body.contains("100000"))
            #expect(try await announced.readToEnd().isEmpty)
            let chunked = try await server.connect()
            try await chunked.send(post("", fields: ["Transfer-Encoding: chunked"]))
            let chunk = String(repeating: "x", count: 60_000)
            try await chunked.send("\(String(60_000, radix: 16))\r\n\(chunk)\r\n\(String(60_000, radix: 16))\r\n\(chunk)\r\n")
            #expect(try await chunked.readReply().status == 413)
            #expect(server.runtime.receivedCount == 0)
        }
    }

    @Test("bodies beyond the budget of all connections are refused, and the budget comes back")
    func bodyBudget() async throws {
        try await withServer({ $0.bodyBudget = 1_000 }) { server in
            let holder = try await server.connect()
            let filler = String(repeating: "x", count: 900)
            try await holder.send(post(call("hold", params: #"{"x":"\#(filler)"}"#)))
            let held = try await server.runtime.held.next()
            let other = try await server.connect()
            try await other.send(post(call("echo", params: #"{"x":"\#(filler)"}"#)))
            let refused = try await other.readReply()
            #expect(refused.status == 503 && refused["retry-after"] == "1")
            held.stream.finish(.accepted)
            _ = try await holder.readReply()
            try await other.send(post(call("echo", params: #"{"x":"\#(filler)"}"#)))
            #expect(try await other.readReply().status == 200)
        }
    }

    @Test("a peer that only closes its sending side gets its answer; one that has gone is noticed while the call runs")
    func halfClosure() async throws {
        try await withServer { server in
            let half = try await server.connect()
            try await half.send(post(call("hold", id: 7)))
            let first = try await server.runtime.held.next()
            try await half.closeOutput()
            _ = try await half.read(through: ": keep-alive\n\n")
            first.stream.finish(FakeRuntime.answer(first.message))
            #expect(try await half.readToEnd().contains(#"data: {"jsonrpc":"2.0","id":7"#))
            let gone = try await server.connect()
            try await gone.send(post(call("hold", id: 8)))
            let second = try await server.runtime.held.next()
            gone.close()
            #expect(try await server.runtime.disconnects.next() == "8")
            second.stream.finish(FakeRuntime.answer(second.message))  // dropped in silence
            #expect(second.stream.send(OutboundEvent(data: [])) == .closed)
            try await server.settle()
        }
    }

    @Test("a peer that closes its side at once after a pipelined burst gets all answers")
    func halfClosureAfterBurst() async throws {
        try await withServer { server in
            let client = try await server.connect()
            try await client.send((1...20).map { post(call("offloop", id: $0)) }.joined())
            try await client.closeOutput()
            let text = try await client.readToEnd()
            for id in 1...20 { #expect(text.contains(#""id":\#(id),"#)) }
        }
    }

    @Test("header fields reach the runtime, and fields with line breaks do not leave it")
    func fields() async throws {
        try await withServer { server in
            let client = try await server.connect()
            try await client.send(post(call("context"), fields: ["MCP-Protocol-Version: 2026-07-28", "X-A: 1", "x-a: 2"]))
            _ = try await client.readReply()
            let context = try await server.runtime.contexts.next()
            #expect(context.headers?.first("mcp-protocol-version") == "2026-07-28")
            #expect(context.headers?.all.filter { $0.name.lowercased() == "x-a" }.map(\.value) == ["1", "2"])
            #expect(context.connection.kind == .http1 && context.connection.remoteAddress == "127.0.0.1")
            try await client.send(post(call("hold")))
            let held = try await server.runtime.held.next()
            held.stream.finish(
                OutboundResponse(body: [0x31], headers: [("mcp-session-id", "s1"), ("evil", "a\r\nset-cookie: b"), ("x-tab", "a\tb")]))
            let reply = try await client.readReply()
            #expect(reply["mcp-session-id"] == "s1" && reply["evil"] == nil && reply["set-cookie"] == nil && reply["x-tab"] == "a\tb")
        }
    }

    @Test("a trusted proxy's clients are told apart; nobody else's word counts")
    func proxies() async throws {
        for trusts in [true, false] {
            try await withServer({ if trusts { $0.trustedProxies = ["127.0.0.0/8"] } }) { server in
                let client = try await server.connect()
                var connections: [Connection] = []
                for address in ["203.0.113.9", "203.0.113.9", "198.51.100.1, 127.0.0.2"] {
                    try await client.send(post(call("context"), fields: ["X-Forwarded-For: \(address)"]))
                    _ = try await client.readReply()
                    connections.append(try await server.runtime.contexts.next().connection)
                }
                #expect((connections[0] === connections[1]))
                #expect((connections[1] === connections[2]) == !trusts)
                #expect(connections.map(\.remoteAddress) == (trusts ? ["203.0.113.9", "203.0.113.9", "198.51.100.1"] : Array(repeating: "127.0.0.1", count: 3)))
            }
        }
    }
}
