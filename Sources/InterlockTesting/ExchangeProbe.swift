public import InterlockJSON
public import InterlockTransport
import Synchronization

/// One HTTP exchange as a runtime sees it, without HTTP: takes the events and the response a server gives.
public final class ExchangeProbe: ResponseStream {
    /// Events before the response, and after it on a stream.
    public let inbox = MessageInbox()
    private struct State {
        var response: OutboundResponse?
        var waiters: [CheckedContinuation<OutboundResponse, Never>] = []
        var keepAlive: (@Sendable () -> Void)?
    }
    private let state = Mutex(State())

    public init() {}

    /// Sends one message to `runtime` as a POST with these headers would.
    public static func post(
        _ json: String, to runtime: any ServerRuntime, headers: [String: String] = [:], connection: Connection = Connection(kind: .http1),
        principal: Principal? = nil
    ) throws -> ExchangeProbe {
        let probe = ExchangeProbe()
        let context = RequestContext(connection: connection, headers: HeaderDictionary(headers), principal: principal)
        switch try ScannedMessage.scanInput(Array(json.utf8)) {
        case .single(let message): runtime.receive(Exchange(message: message, context: context, stream: probe))
        case .batch(let batch): runtime.receive(batch: batch, context: context, stream: probe)
        }
        return probe
    }

    /// The response, waiting for it.
    public var response: OutboundResponse {
        get async {
            await withCheckedContinuation { continuation in
                let response: OutboundResponse? = state.withLock { state in
                    if state.response == nil { state.waiters.append(continuation) }
                    return state.response
                }
                if let response { continuation.resume(returning: response) }
            }
        }
    }

    /// The response's body as JSON, waiting for it.
    public var body: JSONValue {
        get async throws {
            try JSONValue(parsing: String(decoding: await response.body ?? Array("null".utf8), as: UTF8.self))
        }
    }

    /// Whether the server has answered.
    public var isFinished: Bool { state.withLock { $0.response != nil } }

    public func finish(_ response: OutboundResponse) {
        let waiters: [CheckedContinuation<OutboundResponse, Never>] = state.withLock { state in
            guard state.response == nil else { return [] }
            state.response = response
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: response) }
    }

    public func send(_ event: OutboundEvent) -> SendOutcome { inbox.send(event) }
    public func writable() async throws { try await inbox.writable() }
    public func close() { inbox.close() }
    public func onDisconnect(_ action: @escaping @Sendable () -> Void) { inbox.onDisconnect(action) }
    public func onKeepAlive(_ action: @escaping @Sendable () -> Void) { state.withLock { $0.keepAlive = action } }

    /// Does what a transport does to an exchange that has been silent for long.
    public func keepAlive() {
        let action = state.withLock { state in
            defer { state.keepAlive = nil }
            return state.keepAlive
        }
        action?()
    }
}

/// Header fields from a dictionary.
public struct HeaderDictionary: HeaderFields {
    private let fields: [String: String]

    public init(_ fields: [String: String]) {
        self.fields = Dictionary(fields.map { ($0.key.lowercased(), $0.value) }) { _, last in last }
    }

    public func first(_ name: String) -> String? { fields[name.lowercased()] }
    public var all: [(name: String, value: String)] { fields.map { ($0.key, $0.value) } }
}
