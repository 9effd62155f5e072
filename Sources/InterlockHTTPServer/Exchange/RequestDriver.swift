import InterlockConcurrency
import InterlockJSON
import InterlockTransport
import NIOCore

/// Takes one request at a time from head to end, hands it to the runtime and writes what comes back.
///
/// Both HTTP versions use it: one per HTTP/1 connection, used again for every request; one per HTTP/2 stream. Lives on the
/// event loop of its channel and is touched nowhere else.
final class RequestDriver {
    enum Phase {
        case idle
        /// The gate is thinking; the body stays unread.
        case deciding(HeadChecks.Purpose)
        case reading(HeadChecks.Purpose)
        case answering
        /// Answered before the body was complete; the rest of it is ignored.
        case discarding
    }

    let core: ServerCore
    let scope: ConnectionScope
    let eventLoop: any EventLoop
    /// The channel; `nil` once it is gone. The channel and its driver hold each other until then.
    var output: (any ResponseOutput)?

    var phase = Phase.idle
    var head: IncomingHead?
    var isBodyComplete = true
    var current: HTTPExchange?
    var kind = StreamKind.response
    /// The gate's decision or a route's handler: cancelled when the peer goes away, and its way back is closed then.
    var task: (work: Task<Void, Never>, door: LoopDoor)?

    /// Whether the handler of a route that runs now ends when the peer closes its sending side.
    var endsWithInput = false

    /// What the current exchange is, which decides how it ends when the server wants to end.
    enum StreamKind {
        case response
        case serverStream
        case legacy(LegacyStream)
        /// The streamed body of a route, whose bytes go out as they are.
        case route(isEventStream: Bool)
    }

    var connection: Connection
    var principal: Principal?
    /// What came before the body was read, if somebody traces.
    var steps: RequestSteps?
    var crossOrigin: String?
    var body: [UInt8] = []
    var chargedBytes = 0
    var parked: [ByteBuffer] = []
    var serial: UInt64 = 0

    var isEventStream = false
    var lastWriteAt = MonotonicTime.distantFuture
    var bodyDeadline = MonotonicTime.distantFuture
    var unwrittenBytes = 0
    var lastProgressAt = MonotonicTime.distantFuture

    /// Made anew each time: stored, it would keep the driver alive for ever.
    var boundSelf: NIOLoopBound<RequestDriver> { NIOLoopBound(self, eventLoop: eventLoop) }

    init(core: ServerCore, scope: ConnectionScope, eventLoop: any EventLoop) {
        self.core = core
        self.scope = scope
        self.eventLoop = eventLoop
        connection = scope.connection
    }

    var isIdle: Bool { if case .idle = phase { true } else { false } }
    var isDeciding: Bool { if case .deciding = phase { true } else { false } }

    var isDiscarding: Bool { if case .discarding = phase { true } else { false } }

    // MARK: - Taking a request in

    func receive(_ head: IncomingHead) {
        serial &+= 1
        self.head = head
        isBodyComplete = false
        crossOrigin = nil
        principal = nil
        bodyDeadline = .distantFuture
        switch core.checks.check(head, isDraining: core.isDraining, passed: &scope.passed, crossOrigin: &crossOrigin) {
        case .refuse(let reason, let response):
            if let reason, core.tracesSteps {
                steps = RequestSteps()
                steps?.refuse(reason.rawValue, by: "http")
                tellRefused(response)
            }
            refuse(response)
        case .proceed(let purpose):
            connection = scope.connection(forwardedFor: head.fields.forwardedFor)
            if case .route = purpose { return admit(nil, purpose) }
            steps = core.tracesSteps ? RequestSteps() : nil
            decided(core.gate.decide(requestHead(head)), purpose)
        }
    }

    private func requestHead(_ head: IncomingHead) -> RequestHead {
        RequestHead(method: head.methodName, target: head.target, headers: head.headers, connection: connection, steps: steps)
    }

    /// A request that is refused by its head is a trace of its own, if somebody traces.
    private func tellRefused(_ response: OutboundResponse) {
        guard steps != nil, let head else { return }
        core.runtime.refused(requestHead(head), with: response)
    }

    func receive(body bytes: ByteBuffer) {
        switch phase {
        case .deciding: parked.append(bytes)
        case .reading: append(bytes)
        case .idle, .answering, .discarding: break
        }
    }

    func receiveEnd() {
        isBodyComplete = true
        switch phase {
        case .reading(let purpose): dispatch(purpose)
        case .discarding: phase = .idle
        case .idle, .deciding, .answering: break
        }
    }

    func decided(_ decision: GateDecision, _ purpose: HeadChecks.Purpose) {
        switch decision {
        case .admit(let principal): admit(principal, purpose)
        case .refuse(let response):
            tellRefused(response)
            refuse(response)
        case .later(let decide):
            phase = .deciding(purpose)
            output?.readingChanged()
            start { driver, serial in
                let decision = await decide()
                return { driver.value.decidedLater(decision, serial) }
            }
        }
    }

    func decidedLater(_ decision: GateDecision, _ serial: UInt64) {
        guard serial == self.serial, case .deciding(let purpose) = phase, output != nil else { return }
        task = nil
        decided(decision, purpose)
        output?.readingChanged()
        readComplete()
        if output?.peerClosedInput == true { peerHalfClosed() }
    }

    func admit(_ principal: Principal?, _ purpose: HeadChecks.Purpose) {
        self.principal = principal
        phase = .reading(purpose)
        if head?.fields.expectsContinue == true, parked.isEmpty, !isBodyComplete { output?.writeContinue() }
        let waiting = parked
        parked = []
        for bytes in waiting { receive(body: bytes) }
        if isBodyComplete, case .reading = phase { dispatch(purpose) }
    }

    func append(_ bytes: ByteBuffer) {
        let count = bytes.readableBytes
        guard body.count + count <= core.configuration.maximumBodyBytes else {
            return refuse(Refusal.tooLarge(limit: core.configuration.maximumBodyBytes))
        }
        guard core.bodyBudget.take(count) else { return refuse(Refusal.overBodyBudget) }
        chargedBytes += count
        if body.isEmpty, let announced = head?.fields.contentLength.flatMap({ Int($0) }), announced > count {
            body.reserveCapacity(min(announced, 64 << 10))
        }
        bytes.withUnsafeReadableBytes { body.append(contentsOf: $0) }
    }

    /// Answers without handing anything to the runtime. What is left of the body is ignored.
    func refuse(_ response: OutboundResponse) {
        write(response)
        endRequest()
    }

    // MARK: - Ending it

    /// Writes a response that has no event before it, as far as the peer still wants one.
    func write(_ response: OutboundResponse) {
        let content: ResponseHead.Content = response.body == nil ? .other : .json
        writePlain(
            ResponseHead(
                status: response.status, content: content, fields: response.headers, crossOrigin: crossOrigin,
                omitsBody: head?.method == .head),
            body: response.body)
    }

    func beginEventStream() {
        guard !isEventStream else { return }
        isEventStream = true
        output?.writeHead(ResponseHead(status: 200, content: .events, crossOrigin: crossOrigin), length: nil)
    }

    func endRequest() {
        if case .legacy(let stream) = kind { core.legacyStreams.close(stream) }
        let wasRead = isBodyComplete
        reset()
        phase = wasRead ? .idle : .discarding
        if !wasRead { bodyDeadline = core.clock.now + core.configuration.bodyTimeout }
        output?.requestFinished(bodyWasRead: wasRead)
    }

    func reset() {
        current = nil
        head = nil
        crossOrigin = nil
        kind = .response
        endsWithInput = false
        // One whose answer is not wanted any more must not come back to a loop that may have ended by then.
        task?.work.cancel()
        task?.door.close()
        task = nil
        steps = nil
        isEventStream = false
        body = []
        parked = []
        lastWriteAt = .distantFuture
        bodyDeadline = .distantFuture
        if chargedBytes > 0 { core.bodyBudget.give(chargedBytes) }
        chargedBytes = 0
    }

    /// The channel has become inactive, or the stream was reset: nobody listens any more.
    func disconnected(_ error: TransportError = TransportError(.closed, "The client closed the connection before it had its answer")) {
        guard output != nil else { return }
        output = nil
        let exchange = current
        if case .legacy(let stream) = kind { core.legacyStreams.close(stream) }
        reset()
        phase = .idle
        exchange?.disconnect(error)
    }
}
