internal import InterlockJSON
internal import InterlockTransport
internal import NIOHTTP1

/// The answer to one call as it comes, and what it amounts to: the same as ``RequestExchange`` would make of it.
struct LeanAnswer {
    /// How an answer ended.
    enum Ending: Sendable {
        /// The response has gone to the receiver.
        case answered
        /// The stream broke before the response and can be resumed, if the server's revision allows it; else it is this failure.
        case broken(lastEventID: String, retryMilliseconds: Int?, TransportError)
        case failed(TransportError)
    }

    let call: LeanCall
    /// The head, once it has come.
    private(set) var head: ResponseFramer.Head?
    /// Whether the response to the call has been passed on.
    private(set) var hasResponse = false
    private var reader: ResponseReader
    private let limits: JSONLimits

    init(to call: LeanCall, maximumMessageBytes: Int) {
        self.call = call
        reader = ResponseReader(maximumMessageBytes: maximumMessageBytes)
        limits = JSONLimits(maximumBytes: maximumMessageBytes)
    }

    mutating func begin(_ head: ResponseFramer.Head) {
        self.head = head
        reader.begin(status: head.status, content: head.content)
    }

    /// Takes bytes of the body, and adds the messages of the events that they complete. An event without data is there for its id only.
    mutating func read(_ bytes: Span<UInt8>, _ events: inout [[UInt8]]) throws(TransportError) {
        try reader.read(bytes) { event in
            if !event.data.isEmpty { events.append(event.data) }
        }
    }

    /// Passes on one message, or a batch.
    mutating func received(_ bytes: [UInt8], to receiver: any ClientReceiver) throws(TransportError) {
        do throws(JSONRPCScanError) {
            switch try ScannedMessage.scanInput(bytes, limits: limits) {
            case .single(let message): pass(message, to: receiver)
            case .batch(let messages): for message in messages { pass(try message.get(), to: receiver) }
            }
        } catch {
            throw TransportError(.badResponse, "the server's message is no JSON-RPC: \(error.message)", cause: error)
        }
    }

    private mutating func pass(_ message: ScannedMessage, to receiver: any ClientReceiver) {
        if message.method == nil, message.id == call.id || message.id == nil { hasResponse = true }
        receiver.received(message, on: call.id)
    }

    /// The answer has ended, or will not come: passes on what the body as a whole holds.
    ///
    /// - Parameter error: why it ended early; `nil` for one that came to its end.
    mutating func end(_ error: TransportError?, receiver: any ClientReceiver) -> Ending {
        if hasResponse { return .answered }
        guard let head else { return .failed(error ?? TransportError(.closed, "the connection ended without a response")) }
        do throws(TransportError) {
            if !reader.isSuccess {
                switch RefusedResponse(status: head.status, headers: head.refusal ?? [:], body: reader.body.bytes, hasSession: call.request.hasSession) {
                case .message(let bytes): try received(bytes, to: receiver)
                case .error(let error): throw error
                }
            } else if reader.content == .events {
                let failure = error ?? TransportError(.closed, "the server ended the stream before the response, and it cannot be resumed")
                guard let id = reader.lastEventID else { throw failure }
                return .broken(lastEventID: id, retryMilliseconds: reader.retryMilliseconds, failure)
            } else if let error {
                throw error
            } else if reader.content == .json {
                try received(reader.body.bytes, to: receiver)
            } else {
                throw TransportError(.badResponse, "the server answered HTTP \(head.status) without a JSON-RPC response")
            }
        } catch {
            return .failed(error)
        }
        return hasResponse ? .answered : .failed(TransportError(.badResponse, "the server's answer holds no response to the request"))
    }
}
