internal import InterlockTransport

/// Takes the body of one response apart by what its head said it is. Pure.
struct ResponseReader: Sendable {
    enum Content: Sendable, Hashable {
        case json, events, other
    }

    /// A response that is no stream, to its end.
    struct Body: Sendable {
        var content: Content
        var bytes: [UInt8]
    }

    /// The most that is kept of a body that carries no message.
    static let maximumErrorBytes = 65_536

    private let maximumMessageBytes: Int
    private(set) var status = 0
    private(set) var content = Content.other
    private var parser: EventStreamParser
    private var bytes: [UInt8] = []

    init(maximumMessageBytes: Int) {
        self.maximumMessageBytes = maximumMessageBytes
        parser = EventStreamParser(maximumEventBytes: maximumMessageBytes)
    }

    var isSuccess: Bool { (200..<300).contains(status) }
    /// What to resume the stream with.
    var lastEventID: String? { parser.lastEventID.flatMap { $0.isEmpty ? nil : $0 } }
    var retryMilliseconds: Int? { parser.retryMilliseconds }
    var body: Body { Body(content: content, bytes: bytes) }

    mutating func begin(status: Int, content: Content) {
        self.status = status
        self.content = content
    }

    mutating func begin(status: Int, contentType: String?) {
        let type = contentType?.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        let content: Content = switch type {
        case "application/json": .json
        case "text/event-stream": .events
        default: .other
        }
        begin(status: status, content: content)
    }

    /// Takes the next bytes; events are handed over, anything else is kept to the end.
    mutating func read(_ chunk: Span<UInt8>, _ event: (EventStreamParser.Event) -> Void) throws(TransportError) {
        if content == .events, isSuccess {
            do throws(EventStreamParser.TooLong) {
                try parser.feed(chunk, event)
            } catch {
                throw TransportError(.badResponse, "the server sent an event of more than \(error.limit) bytes; raise maximumMessageBytes if that is its way")
            }
            return
        }
        let limit = content == .json ? maximumMessageBytes : Self.maximumErrorBytes
        if bytes.count + chunk.count > limit {
            guard content != .json || !isSuccess else {
                throw TransportError(.badResponse, "the server sent a message of more than \(limit) bytes; raise maximumMessageBytes if that is its way")
            }
            return
        }
        chunk.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    }
}
