import InterlockHTTPServer
import InterlockSimulation
import InterlockTransport
import Testing

@Suite("Checks on the head of a request", .timeLimit(.minutes(5)))
struct RequestCheckTests {
    private func reply(_ text: String, _ configure: @escaping (inout HTTPServerConfiguration) -> Void = { _ in }) async throws -> Reply {
        try await withServer(configure) { server in
            let client = try await server.connect()
            try await client.send(text)
            return try await client.readReply(head: text.hasPrefix("HEAD"))
        }
    }

    @Test(
        "Host must be a name of this server",
        arguments: [
            ("localhost", 200), ("LOCALHOST:8080", 200), ("127.0.0.1:1", 200), ("[::1]:8080", 200), ("127.1.2.3", 200), ("localhost.", 200),
            ("evil.example", 403), ("evil.example:80", 403), ("localhost.evil.example", 403), ("127.0.0.1.evil.example", 403),
            ("localhost@evil.example", 403), ("", 403),
        ])
    func host(name: String, status: Int) async throws {
        let reply = try await reply(post(call("echo"), host: name))
        #expect(reply.status == status)
        if status == 403 { #expect(reply.body.contains("allowedHosts") && reply.body.contains(#""error""#) && !reply.body.contains(#""result""#)) }
    }

    @Test("no Host and two different ones are refused")
    func hostCount() async throws {
        #expect(try await reply(post(call("echo"), host: nil)).status == 400)
        #expect(try await reply(post(call("echo"), fields: ["Host: 127.0.0.1"])).status == 400)
    }

    @Test("configured hosts are served, with their port if they name one")
    func configuredHosts() async throws {
        let configure: (inout HTTPServerConfiguration) -> Void = { $0.allowedHosts = ["mcp.example.com", "other.example.com:8443"] }
        #expect(try await reply(post(call("echo"), host: "mcp.example.com:99"), configure).status == 200)
        #expect(try await reply(post(call("echo"), host: "other.example.com:8443"), configure).status == 200)
        #expect(try await reply(post(call("echo"), host: "other.example.com"), configure).status == 403)
        #expect(try await reply(post(call("echo"), host: "any.example.com"), { $0.allowedHosts = ["*"] }).status == 200)
    }

    @Test(
        "Origin must be one that may use the server",
        arguments: [
            ("http://localhost:3000", 200), ("https://127.0.0.1", 200), ("http://[::1]:5173", 200), ("https://app.example.com", 200),
            ("https://app.example.com:443", 200), ("https://app.example.com:444", 403), ("http://app.example.com", 403),
            ("https://evil.example", 403), ("null", 403), ("https://localhost.evil.example", 403), ("garbage", 403),
        ])
    func origin(value: String, status: Int) async throws {
        let reply = try await reply(post(call("echo"), fields: ["Origin: \(value)"])) { $0.allowedOrigins = ["https://app.example.com"] }
        #expect(reply.status == status)
        #expect(reply["access-control-allow-origin"] == nil)
    }

    @Test("a check that passed once on a connection still fails when its field changes")
    func memory() async throws {
        try await withServer { server in
            let client = try await server.connect()
            for (text, status) in [
                (post(call("echo"), fields: ["Origin: http://localhost"]), 200), (post(call("echo"), fields: ["Origin: http://evil.example"]), 403),
                (post(call("echo"), host: "evil.example"), 403), (post(call("echo"), accept: "text/plain"), 406),
                (post(call("echo"), contentType: nil), 415), (post(call("echo"), fields: ["Origin: http://localhost"]), 200),
            ] {
                try await client.send(text)
                #expect(try await client.readReply().status == status)
            }
        }
    }

    @Test(
        "the body must be JSON in UTF-8",
        arguments: [
            ("application/json", 200), ("Application/JSON; charset=utf-8", 200), ("application/json;charset=\"UTF-8\"", 200),
            ("application/json; charset=utf-16", 415), ("text/plain", 415), ("application/jsonp", 415), ("application/x-www-form-urlencoded", 415),
        ])
    func contentType(value: String, status: Int) async throws {
        #expect(try await reply(post(call("echo"), contentType: value)).status == status)
    }

    @Test("a body without type or with an encoding is refused")
    func contentEncoding() async throws {
        #expect(try await reply(post(call("echo"), contentType: nil)).status == 415)
        #expect(try await reply(post(call("echo"), fields: ["Content-Encoding: gzip"])).status == 415)
    }

    @Test(
        "Accept must allow both kinds of answers",
        arguments: [
            ("application/json, text/event-stream", 200), ("text/event-stream;q=0.5,application/json", 200), ("*/*", 200),
            ("application/*, text/*", 200), ("text/html, */*;q=0.8", 200), ("application/json", 406), ("text/event-stream", 406),
            ("*/*;q=", 200), ("*/*;q= , text/html", 200), ("application/json, text/event-stream;q=0", 406), ("application/json, text/event-stream; q=0.0", 406),
        ])
    func accept(value: String, status: Int) async throws {
        #expect(try await reply(post(call("echo"), accept: value)).status == status)
    }

    @Test("an absent Accept allows everything")
    func noAccept() async throws {
        #expect(try await reply(post(call("echo"), accept: nil)).status == 200)
        #expect(try await reply("GET /mcp HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n").status == 406)
    }

    @Test("unknown paths, methods and revisions without sessions are told what to do")
    func places() async throws {
        #expect(try await reply(post(call("echo"), path: "/other")).status == 404)
        #expect(try await reply(post(call("echo"), path: "/mcp?x=1")).status == 200)
        #expect(try await reply(post(call("echo"), path: "http://localhost/mcp")).status == 200)
        let put = try await reply("PUT /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
        #expect(put.status == 405 && put["allow"] == "POST, GET, DELETE, OPTIONS")
        let head = try await reply("HEAD /mcp HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(head.status == 405 && head.body.isEmpty)
        for method in ["GET", "DELETE"] {
            let reply = try await reply("\(method) /mcp HTTP/1.1\r\nHost: localhost\r\nMCP-Protocol-Version: 2026-07-28\r\n\r\n")
            #expect(reply.status == 405 && reply["allow"] == "POST, OPTIONS")
        }
        #expect(try await reply("DELETE /mcp HTTP/1.1\r\nHost: localhost\r\nMcp-Session-Id: s\r\n\r\n").status == 204)
    }

    @Test("pages of allowed origins may read answers and refusals, and preflights say what they may send")
    func crossOrigin() async throws {
        let configure: (inout HTTPServerConfiguration) -> Void = {
            $0.corsEnabled = true
            $0.allowedOrigins = ["https://app.example.com"]
        }
        let origin = "Origin: https://app.example.com"
        let answer = try await reply(post(call("echo"), fields: [origin]), configure)
        #expect(answer["access-control-allow-origin"] == "https://app.example.com" && answer["vary"] == "Origin")
        #expect(answer["access-control-expose-headers"]?.contains("Mcp-Session-Id") == true)
        let refusal = try await reply(post(call("echo"), contentType: "text/plain", fields: [origin]), configure)
        #expect(refusal.status == 415 && refusal["access-control-allow-origin"] == "https://app.example.com")
        let preflight = try await reply(
            "OPTIONS /mcp HTTP/1.1\r\nHost: localhost\r\n\(origin)\r\nAccess-Control-Request-Method: POST\r\n"
                + "Access-Control-Request-Headers: content-type, mcp-param-region\r\n\r\n", configure)
        #expect(preflight.status == 204 && preflight["access-control-allow-methods"] == "POST, GET, DELETE, OPTIONS")
        let allowed = preflight["access-control-allow-headers"] ?? ""
        for name in ["content-type", "mcp-session-id", "mcp-protocol-version", "mcp-method", "mcp-name", "authorization", "mcp-param-region"] {
            #expect(allowed.contains(name))
        }
        let stranger = try await reply("OPTIONS /mcp HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n\r\n", configure)
        #expect(stranger.status == 403 && stranger["access-control-allow-origin"] == nil)
    }

    @Test("routes are answered beside the endpoint, under any Host if they say so")
    func routes() async throws {
        let health = HTTPRoute("GET", "/health") { _ in HTTPRouteResponse(text: "ok") }
        let secret = HTTPRoute("POST", "/admin", allowsAnyHost: false) { request in HTTPRouteResponse(status: 201, body: request.body) }
        try await withServer(routes: [health, secret]) { server in
            let client = try await server.connect()
            try await client.send("GET /health?full HTTP/1.1\r\nHost: 10.1.2.3\r\n\r\n")
            let reply = try await client.readReply()
            #expect(reply.status == 200 && reply.body == "ok" && reply["content-type"] == "text/plain; charset=utf-8")
            try await client.send("HEAD /health HTTP/1.1\r\nHost: x\r\n\r\n")
            let head = try await client.readReply(head: true)
            #expect(head.status == 200 && head["content-length"] == "2")
            try await client.send("PUT /health HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
            #expect(try await client.readReply()["allow"] == "GET")
            try await client.send("POST /admin HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 1\r\n\r\nx")
            #expect(try await client.readReply().status == 403)
            try await client.send("POST /admin HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx")
            #expect(try await client.readReply().body == "x")
        }
    }

    private struct KeyGate: RequestGate {
        let door = Gate()

        func decide(_ head: RequestHead) -> GateDecision {
            switch head.headers.first("authorization") {
            case "Bearer good"?: return .admit(Principal(subject: "ann"))
            case "Bearer slow"?:
                return .later {
                    do { try await door.wait() } catch { return .refuse(OutboundResponse(body: nil, status: 503)) }
                    return .admit(Principal(subject: "bob"))
                }
            default: return .refuse(OutboundResponse(body: nil, status: 401, headers: [("www-authenticate", "Bearer")]))
            }
        }
    }

    @Test("the gate refuses without the body, admits with a principal, and may take its time while the body stays unread")
    func gate() async throws {
        let gate = KeyGate()
        try await withServer(gate: gate) { server in
            let refused = try await server.connect()
            try await refused.send(post("", length: 1_000_000))
            let reply = try await refused.readReply()
            #expect(reply.status == 401 && reply["www-authenticate"] == "Bearer" && reply["connection"] == "close")
            let good = try await server.connect()
            try await good.send(post(call("context"), fields: ["Authorization: Bearer good"]))
            #expect(try await good.readReply().status == 200)
            #expect(try await server.runtime.contexts.next().principal?.subject == "ann")
            try await good.send(post(call("context"), fields: ["Authorization: Bearer slow"]) + post(call("echo"), fields: ["Authorization: Bearer good"]))
            try await gate.door.waitForWaiters(1)
            #expect(server.runtime.receivedCount == 1)
            gate.door.open()
            #expect(try await good.readReply().status == 200)
            #expect(try await server.runtime.contexts.next().principal?.subject == "bob")
            #expect(try await good.readReply().status == 200)
        }
    }

    @Test("a peer that resets its connection while the gate thinks cancels the thought")
    func gateCancelled() async throws {
        let gate = KeyGate()
        try await withServer(gate: gate) { server in
            let client = try await server.connect()
            try await client.send(post(call("echo"), fields: ["Authorization: Bearer slow"]))
            try await gate.door.waitForWaiters(1)
            try await client.reset()
            while gate.door.waiterCount > 0 { await Task.yield() }
            #expect(server.runtime.receivedCount == 0)
        }
    }

    @Test("a peer that closes its sending side while the gate thinks still gets its answer")
    func gateHalfClosed() async throws {
        let gate = KeyGate()
        try await withServer(gate: gate) { server in
            let client = try await server.connect()
            try await client.send(post(call("hold"), fields: ["Authorization: Bearer slow"]))
            try await gate.door.waitForWaiters(1)
            try await client.closeOutput()
            gate.door.open()
            let exchange = try await server.runtime.held.next()
            exchange.stream.finish(FakeRuntime.answer(exchange.message))
            #expect(try await client.readToEnd().contains(#""id":1"#))
        }
    }
}
