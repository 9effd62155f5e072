import InterlockConcurrency
import InterlockJSON
import InterlockTransport
import NIOCore

extension RequestDriver {
    /// The request is complete: does what it is for.
    func dispatch(_ purpose: HeadChecks.Purpose) {
        phase = .answering
        kind = .response
        isEventStream = false
        lastWriteAt = .distantFuture
        let bytes = body
        body = []
        var context = RequestContext(connection: connection, headers: head?.headers, principal: principal)
        context.steps = steps
        switch purpose {
        case .message: hand(bytes, context)
        case .openStream: openStream(context)
        case .endSession: endSession(context)
        case .legacyStream: openLegacyStream()
        case .legacyMessage(let id): refuse(core.legacyStreams.deliver(bytes, to: id, from: principal))
        case .route(let route): call(route, bytes)
        }
    }

    private func hand(_ bytes: [UInt8], _ context: RequestContext) {
        let exchange = makeExchange()
        do throws(JSONRPCScanError) {
            switch try ScannedMessage.scanInput(bytes, limits: core.jsonLimits) {
            case .single(let message): core.runtime.receive(Exchange(message: message, context: context, stream: exchange))
            case .batch(let messages): core.runtime.receive(batch: messages, context: context, stream: exchange)
            }
        } catch {
            exchange.finish(OutboundResponse(rejecting: error))
        }
    }

    private func openStream(_ context: RequestContext) {
        let exchange = makeExchange(isHeld: true)
        kind = .serverStream
        let (runtime, lastEventID) = (core.runtime, head?.fields.lastEventID)
        start { driver, serial in
            let refusal = await runtime.openStream(context, lastEventID: lastEventID, sink: exchange)
            return { driver.value.opened(exchange, refusal, serial) }
        }
    }

    private func opened(_ exchange: HTTPExchange, _ refusal: OutboundResponse?, _ serial: UInt64) {
        guard serial == self.serial, case .answering = phase, output != nil else { return }
        task = nil
        guard let refusal else { return startStream(exchange) }
        discard(exchange)
        refuse(refusal)
    }

    private func endSession(_ context: RequestContext) {
        let runtime = core.runtime
        start { driver, serial in
            let response = await runtime.endSession(context)
            return { driver.value.ended(response, serial) }
        }
    }

    private func ended(_ response: OutboundResponse, _ serial: UInt64) {
        guard serial == self.serial, case .answering = phase, output != nil else { return }
        task = nil
        refuse(response)
    }

    private func openLegacyStream() {
        let exchange = makeExchange(isHeld: true)
        let connection = Connection(kind: .serverSentEvents, remoteAddress: connection.remoteAddress)
        let opened = core.legacyStreams.open { () throws(TransportError) in
            try core.runtime.connect(connection, principal: principal, outbound: exchange)
        } principal: { principal } isFull: { exchange.isFull }
        switch opened {
        case .failure(let error):
            discard(exchange)
            refuse(Refusal.make(503, error.message, headers: [("retry-after", "1")]))
        case .success(let stream):
            kind = .legacy(stream)
            beginEventStream()
            var endpoint = scope.channel.allocator.buffer(capacity: 128)
            EventStreamEncoder.writeEndpoint("\(core.configuration.legacyMessagesPath)?connection=\(stream.id)", into: &endpoint)
            output?.writeBody(endpoint, promise: nil)
            startStream(exchange)
        }
    }

    /// Ends a sink that was not taken, whatever was said on it.
    private func discard(_ exchange: HTTPExchange) {
        current = nil
        exchange.close()
        exchange.release()
    }

    private func startStream(_ exchange: HTTPExchange) {
        beginEventStream()
        lastWriteAt = core.clock.now
        output?.flush()
        exchange.release()
        if core.isDraining { endStreams() }
    }

    private func call(_ route: HTTPRoute, _ body: [UInt8]) {
        guard let head else { return }
        let request = HTTPRouteRequest(method: head.methodName, target: head.target, headers: head.headers, body: body)
        endsWithInput = route.endsWithInput
        start { driver, serial in
            let response = await route.handler(request)
            return { driver.value.answered(response, serial) }
        }
    }

    /// Does work that must wait for something, then what it returns on the loop.
    func start(
        _ work: @escaping @Sendable (NIOLoopBound<RequestDriver>, UInt64) async -> @Sendable () -> Void
    ) {
        let (bound, serial, door) = (boundSelf, serial, LoopDoor(eventLoop))
        // Nobody awaits this task: it ends by hopping back, and it is cancelled when the peer goes away.
        task = (Task { door.execute(await work(bound, serial)) }, door)
    }

    private func answered(_ response: HTTPRouteResponse, _ serial: UInt64) {
        guard serial == self.serial, case .answering = phase, output != nil else { return }
        task = nil
        endsWithInput = false
        if let producer = response.producer { return stream(response, producer) }
        let head = ResponseHead(
            status: response.status, content: .other, fields: response.headers, crossOrigin: crossOrigin, omitsBody: head?.method == .head)
        writePlain(head, body: response.body)
        endRequest()
    }

    func makeExchange(isHeld: Bool = false) -> HTTPExchange {
        let exchange = HTTPExchange(
            driver: boundSelf, eventLoop: eventLoop, budget: core.configuration.unsentBudget, isHeld: isHeld)
        current = exchange
        return exchange
    }
}
