import InterlockHTTPServer
import InterlockSimulation
import InterlockTransport
import Synchronization
import Testing

@Suite("A server from start to end", .timeLimit(.minutes(5)))
struct LifecycleTests {
    private func serve(
        _ transport: HTTPServerTransport, _ runtime: FakeRuntime, _ body: @Sendable @escaping (Int) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await transport.run(runtime) }
            try await body(try await transport.listening().port)
            try await group.waitForAll()
        }
    }

    private func transport(_ configure: (inout HTTPServerConfiguration) -> Void = { _ in }) -> HTTPServerTransport {
        var configuration = HTTPServerConfiguration(host: "127.0.0.1", port: 0)
        configuration.eventLoopThreads = 2
        configure(&configuration)
        return HTTPServerTransport(configuration: configuration)
    }

    @Test("a graceful shutdown closes what is idle, refuses what is new, ends streams, and waits for what is in flight")
    func graceful() async throws {
        let transport = transport()
        let runtime = FakeRuntime()
        try await serve(transport, runtime) { port in
            let idle = try await RawClient(port: port)
            try await idle.send(post(call("echo")))
            _ = try await idle.readReply()
            let busy = try await RawClient(port: port)
            try await busy.send(post(call("hold")) + post(call("echo", id: 2)))
            let exchange = try await runtime.held.next()
            let listener = try await RawClient(port: port)
            try await listener.send("GET /mcp HTTP/1.1\r\nHost: localhost\r\n\r\n")
            _ = try await runtime.opened.next()
            transport.beginGracefulShutdown()
            transport.beginGracefulShutdown()
            #expect(try await idle.readToEnd().isEmpty)
            #expect(try await listener.readToEnd().hasSuffix("0\r\n\r\n"))
            // Somebody else may have the port by now: whoever answers there, it is not this server.
            let served = runtime.receivedCount
            if let late = try? await RawClient(port: port) {
                try? await late.send(post(call("echo")))
                _ = try? await late.readReply()
                late.close()
            }
            #expect(runtime.receivedCount == served)
            await #expect(throws: TransportError.self) { try await transport.listening() }
            exchange.stream.finish(FakeRuntime.answer(exchange.message))
            let reply = try await busy.readReply()
            #expect(reply.status == 200 && reply["connection"] == "close")
            busy.close()
            listener.close()
        }
        #expect(transport.connectionCount == 0 && runtime.disconnects.count == 0)
    }

    @Test("with a grace a kept connection is answered once more and told that this was the last; so is a new one", arguments: [true, false])
    func windingDown(hasGrace: Bool) async throws {
        let transport = transport { if hasGrace { $0.keepAliveGrace = .seconds(60) } }
        let runtime = FakeRuntime()
        try await serve(transport, runtime) { port in
            let kept = try await RawClient(port: port)
            try await kept.send(post(call("echo")))
            #expect(try await kept.readReply()["connection"] == "keep-alive")
            transport.beginGracefulShutdown()
            guard hasGrace else { return #expect(try await kept.readToEnd().isEmpty) } // the control: closed under whatever was on its way
            let new = try await RawClient(port: port)
            while transport.connectionCount < 2 { await Task.yield() } // the system has accepted it, the server perhaps not yet
            for (id, client) in [kept, new].enumerated() {
                try await client.send(post(call("echo", id: id)))
                let reply = try await client.readReply()
                #expect(reply.status == 200 && reply["connection"] == "close")
                #expect(try await client.readToEnd().isEmpty)
                client.close()
            }
        }
    }

    @Test("a connection that asks nothing more is closed when the grace is over")
    func graceEnds() async throws {
        try await withServer({ $0.keepAliveGrace = .seconds(5) }) { server in
            let idle = try await server.connect()
            try await idle.send(post(call("echo")))
            _ = try await idle.readReply()
            server.transport.beginGracefulShutdown()
            try await server.settle()
            server.clock.advance(by: .seconds(5))
            #expect(try await idle.readToEnd().isEmpty)
        }
    }

    @Test("what holds of the whole server stands in every response, over HTTP/1.1, and refusals too")
    func standingFields() async throws {
        let isDegraded = Atomic<Bool>(false)
        var configuration = HTTPServerConfiguration(host: "127.0.0.1", port: 0)
        configuration.eventLoopThreads = 1
        let transport = HTTPServerTransport(
            configuration: configuration, standingFields: { isDegraded.load(ordering: .relaxed) ? [("Interlock-Store", "degraded")] : [] })
        try await serve(transport, FakeRuntime()) { port in
            let client = try await RawClient(port: port)
            for (fails, field) in [(false, nil), (true, "degraded"), (false, nil)] as [(Bool, String?)] {
                isDegraded.store(fails, ordering: .relaxed)
                try await client.send(post(call("echo")))
                #expect(try await client.readReply()["interlock-store"] == field)
                try await client.send(post(call("echo"), path: "/nowhere"))
                let refusal = try await client.readReply()
                #expect(refusal.status == 404 && refusal["interlock-store"] == field)
            }
            client.close()
            transport.beginGracefulShutdown()
        }
    }

    @Test("a request that comes while the server ends is answered 503, routes still answer")
    func draining() async throws {
        var configuration = HTTPServerConfiguration(host: "127.0.0.1", port: 0)
        configuration.eventLoopThreads = 1
        configuration.headerTimeout = .seconds(600) // on the real clock: a busy machine must not end the half heads
        let transport = HTTPServerTransport(
            configuration: configuration, routes: [HTTPRoute("GET", "/health") { _ in HTTPRouteResponse(text: "ok") }])
        try await serve(transport, FakeRuntime()) { port in
            // Half a head keeps the connections open.
            let late = try await RawClient(port: port)
            try await late.send("POST /mcp")
            let probe = try await RawClient(port: port)
            try await probe.send("GET /health HTTP/1.1\r\n")
            let settled = try await RawClient(port: port)
            try await settled.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try await settled.readReply()
            transport.beginGracefulShutdown()
            #expect(try await settled.readToEnd().isEmpty)
            try await late.send(String(post(call("echo")).dropFirst(9)))
            let reply = try await late.readReply()
            #expect(reply.status == 503, "got \(reply)")
            #expect(reply["connection"] == "close")
            #expect(reply["retry-after"] == "1")
            try await probe.send("Host: x\r\n\r\n")
            #expect(try await probe.readReply().body == "ok")
            late.close()
            probe.close()
        }
    }

    @Test("cancelling run ends everything at once")
    func cancelled() async throws {
        let transport = transport()
        let runtime = FakeRuntime()
        let running = Task { try await transport.run(runtime) }
        let port = try await transport.listening().port
        let client = try await RawClient(port: port)
        try await client.send(post(call("hold", id: 3)))
        _ = try await runtime.held.next()
        running.cancel()
        try await running.value
        #expect(try await runtime.disconnects.next() == "3")
        #expect(try await client.readToEnd().isEmpty)
    }

    @Test("a shutdown before the server listens ends it as soon as it does")
    func earlyShutdown() async throws {
        let transport = transport()
        transport.beginGracefulShutdown()
        try await transport.run(FakeRuntime())
    }

    @Test("a port that is taken, a second run and a configuration that cannot work are errors that say so")
    func errors() async throws {
        let first = transport()
        try await serve(first, FakeRuntime()) { port in
            let second = self.transport { $0.port = port }
            let error = await #expect(throws: TransportError.self) { try await second.run(FakeRuntime()) }
            #expect(error?.code == .unreachable)
            let listening = await #expect(throws: TransportError.self) { try await second.listening() }
            #expect(listening?.code == .unreachable)
            let again = await #expect(throws: TransportError.self) { try await first.run(FakeRuntime()) }
            #expect(again?.code == .misuse)
            first.beginGracefulShutdown()
        }
        for configure: (inout HTTPServerConfiguration) -> Void in [
            { $0.path = "mcp" }, { $0.port = 70_000 }, { $0.maximumConnections = 0 }, { $0.trustedProxies = ["10.0.0.0/99"] },
            { $0.legacySSEPath = "/mcp" }, { $0.idleTimeout = .zero }, { $0.tls = TLSFiles(certificate: "/none", key: "/none") },
        ] {
            let error = await #expect(throws: TransportError.self) { try await self.transport(configure).run(FakeRuntime()) }
            #expect(error?.code == .misuse)
        }
    }

    @Test("connections beyond the limit wait in line, unread; those that wait too long or find no place get 503")
    func connectionLimit() async throws {
        try await withServer({
            $0.maximumConnections = 1
            $0.connectionQueueDepth = 2
        }) { server in
            let first = try await server.connect()
            try await first.send(post(call("hold", id: 1)))
            let held = try await server.runtime.held.next()
            let second = try await server.connect()
            try await second.send(post(call("echo", id: 2)))
            let third = try await server.connect()
            try await third.send(post(call("echo", id: 3)))
            let fourth = try await server.connect()
            let refused = try await fourth.readReply()
            #expect(refused.status == 503 && refused["retry-after"] == "1" && refused["connection"] == "close")
            fourth.close()
            held.stream.finish(FakeRuntime.answer(held.message))
            _ = try await first.readReply()
            #expect(server.runtime.receivedCount == 1)
            first.close()
            #expect(try await second.readReply().body.contains(#""id":2"#))
            server.clock.advance(by: .seconds(6))
            #expect(try await third.readReply().status == 503)
            #expect(server.runtime.receivedCount == 2)
        }
    }

    @Test("a connection that leaves the line makes no room and is no loss")
    func leavesLine() async throws {
        try await withServer({
            $0.maximumConnections = 1
            $0.connectionQueueDepth = 1
        }) { server in
            let first = try await server.connect()
            try await first.send(post(call("hold", id: 1)))
            let held = try await server.runtime.held.next()
            let second = try await server.connect()
            try await second.send(post(call("echo", id: 2)))
            while server.transport.connectionCount < 2 { await Task.yield() }
            while server.transport.connections?.waiting != 1 { await Task.yield() }
            #expect(server.transport.connections?.active == 1 && server.transport.connections?.limit == 1)
            second.close()
            while server.transport.connectionCount > 1 { await Task.yield() }
            let third = try await server.connect()
            try await third.send(post(call("echo", id: 3)))
            held.stream.finish(FakeRuntime.answer(held.message))
            _ = try await first.readReply()
            first.close()
            let reply = try await third.readReply()
            #expect(reply.body.contains(#""id":3"#), "got \(reply)")
        }
    }
}
