import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockTransport
import Synchronization

/// One request while it is served.
///
/// Whoever finishes it first wins: the handler, a timeout, or a cancellation, after which nothing more is sent for it.
/// Its ``number`` is private to this process; the client's id is only echoed.
final class ActiveCall: Sendable {
    let request: IncomingRequest
    let server: Server
    /// The stream answers go to: the exchange's own, wrapped where the session can resume it.
    let stream: any ResponseStream
    /// What is noted of it, if anybody wants to know.
    let observation: CallObservation?
    private let state: Mutex<CallState>
    /// Zero until somebody asks.
    private let numbered = Atomic<UInt64>(0)

    /// - Parameter name: the tool, prompt or resource it asks for.
    init(_ request: consuming IncomingRequest, server: Server, name: String? = nil, stream: (any ResponseStream)? = nil) {
        self.stream = stream ?? request.stream
        self.observation = server.observer?.begin(request, name: name)
        self.request = request
        self.server = server
        self.state = Mutex(CallState())
    }

    /// Tells it from all other calls of this server. Given when somebody first asks, which only a line of the log does.
    var number: UInt64 {
        let known = numbered.load(ordering: .relaxed)
        guard known == 0 else { return known }
        let (isFirst, other) = numbered.compareExchange(expected: 0, desired: server.callNumbers.add(1, ordering: .relaxed).newValue, ordering: .relaxed)
        return isFirst ? numbered.load(ordering: .relaxed) : other
    }

    var isOpen: Bool { state.withLock { $0.isOpen } }
    var cancellation: CancellationReason? { state.withLock { $0.cancellation } }
    var hasExpired: Bool { state.withLock { $0.isExpired } }
    /// When the handler's timeout ends the call.
    var deadline: MonotonicTime? { state.withLock { $0.deadline } }

    func setDeadline(_ deadline: MonotonicTime) {
        state.withLock { $0.deadline = deadline }
    }

    /// Joins its scope; false, answered, if the peer has the same id in flight.
    func begin() -> Bool {
        guard let scope = request.caller.scope else { return true }
        if scope.insert(self) { return true }
        ended(.protocolError)
        let error = ProtocolError.invalidRequest("request id \(request.id) is already in flight: every request of a session needs an id of its own")
        stream.finish(OutboundResponse(body: JSONRPC.error(id: request.id, error), status: 400))
        return false
    }

    /// Answers a call that never began: what it asks for cannot be run.
    func refuse(_ error: ProtocolError) {
        ended(.protocolError)
        request.stream.finish(ErrorMapping.response(to: request, error: error))
    }

    /// Answers a call that never began, for the model to read.
    func refuse(_ result: CallToolResult) {
        ended(Self.outcome(of: result))
        server.finish(request, result)
    }

    /// Ties the handler's task to the call, so that a cancellation reaches it; cancels it at once if that has happened.
    func attach(_ task: Task<Void, Never>) {
        let isCancelled = state.withLock { state in
            guard state.isOpen else { return state.cancellation != nil || state.isExpired }
            state.task = task
            return false
        }
        if isCancelled { task.cancel() }
    }

    func finish(_ result: some WireResult, cacheHint: CacheHint? = nil) {
        guard close() else { return }
        var context = server.encodingContext(request.caller.revision)
        context.cacheHint = cacheHint
        let body = writing { JSONRPC.response(id: request.id, result: result, context: context) }
        if observation != nil { ended(Self.outcome(of: result), responseBytes: body.count) }
        respond(OutboundResponse(body: body))
    }

    func finish(_ error: ProtocolError, status: Int? = nil) {
        guard close() else { return }
        let response = writing { ErrorMapping.response(to: request, error: error, status: status) }
        ended(.protocolError)
        respond(response)
    }

    /// Answers with a result although the handler still runs, and cancels the handler: the timeout.
    func expire(_ result: CallToolResult) {
        let (isFirst, task) = state.withLock { $0.expire() }
        guard isFirst else { return }
        let body = writing { JSONRPC.response(id: request.id, result: result, context: server.encodingContext(request.caller.revision)) }
        ended(.timedOut)
        request.caller.scope?.remove(self)
        respond(OutboundResponse(body: body))
        task?.cancel()
    }

    /// Ends the call with an answer that says so, because the server stops now, and cancels the handler.
    func stop() {
        let (isFirst, task, action) = state.withLock { $0.cancel(.shutDown) }
        guard isFirst else { return }
        ended(.stopped)
        request.caller.scope?.remove(self)
        task?.cancel()
        action?()
        respond(ErrorMapping.stopped(request, context: server.encodingContext(request.caller.revision)))
    }

    /// Cancels the call: its task is cancelled and nothing is sent for it any more.
    func cancel(_ reason: CancellationReason) {
        let (isFirst, task, action) = state.withLock { $0.cancel(reason) }
        guard isFirst else { return }
        ended(.cancelled)
        request.caller.scope?.remove(self)
        task?.cancel()
        action?()
        if reason != .disconnected { stream.close() }
        request.caller.scope?.settle()
    }

    /// Registers what else to do when the call is cancelled; one action, before the call begins to run.
    func onCancel(_ action: @escaping @Sendable () -> Void) {
        state.withLock { $0.onCancel = action }
    }

    private func close() -> Bool {
        guard state.withLock({ $0.close() }) else { return false }
        request.caller.scope?.remove(self)
        return true
    }

    private func respond(_ response: OutboundResponse) {
        stream.finish(response)
        request.caller.scope?.settle()
    }

    private func ended(_ outcome: CallOutcome, responseBytes: Int = 0) {
        guard let observation, let observer = server.observer, observation.end() else { return }
        observer.end(observation, request, outcome, responseBytes: responseBytes)
    }

    private static func outcome(of result: some WireResult) -> CallOutcome {
        guard let result = result as? CallToolResult, result.isError else { return .ok }
        return result.meta?.object[Admission.busyKey] == nil ? .toolError : .busy
    }

    /// Whether this progress value may be sent now: it must rise, and not more often than the interval unless it completes.
    func admitsProgress(_ value: Double, total: Double?, now: MonotonicTime) -> Bool {
        state.withLock { $0.admitProgress(value, isFinal: total.map { value >= $0 } ?? false, now: now) }
    }
}
