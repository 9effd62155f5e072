/// Reads server-sent events from a stream of bytes, whatever the chunks they come in.
///
/// Pure. Lines end with CR, LF or CRLF; comments, unknown fields and events without data are passed over, as the HTML
/// standard has it. An event or line over the limit is an error: the stream cannot be trusted to come back into step.
/// See <https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation>.
public struct EventStreamParser: Sendable {
    /// One event.
    public struct Event: Sendable, Hashable {
        /// The event's type; `message` unless the stream says otherwise.
        public var name: String
        /// The lines of the event's data, joined by newlines.
        public var data: [UInt8]

        /// Makes an event, as a parser would.
        public init(name: String = "message", data: [UInt8]) {
            self.name = name
            self.data = data
        }
    }

    /// A line or an event is longer than the limit.
    public struct TooLong: Error, Sendable, Hashable {
        /// The limit in bytes.
        public var limit: Int
    }

    /// The id of the last event that had one, to be sent as `Last-Event-ID`; empty if the stream took it back.
    public private(set) var lastEventID: String?
    /// How long the server wants a client to wait before it connects again, in milliseconds.
    public private(set) var retryMilliseconds: Int?

    private let maximumEventBytes: Int
    private var line: [UInt8] = []
    private var data: [UInt8] = []
    private var hasData = false
    private var name = ""
    private var pendingID: String?
    private var isAfterCarriageReturn = false
    private var isFirstLine = true

    /// - Parameter maximumEventBytes: the most bytes that one event's data, or one line, may have.
    public init(maximumEventBytes: Int) {
        self.maximumEventBytes = maximumEventBytes
    }

    /// Takes the next bytes and hands over every event that they complete, in order.
    public mutating func feed(_ bytes: [UInt8], _ event: (Event) -> Void) throws(TooLong) {
        try feed(bytes.span, event)
    }

    /// Takes the next bytes and hands over every event that they complete, in order.
    public mutating func feed(_ bytes: Span<UInt8>, _ event: (Event) -> Void) throws(TooLong) {
        var start = 0
        for index in bytes.indices {
            let byte = bytes[index]
            if isAfterCarriageReturn {
                isAfterCarriageReturn = false
                if byte == 0x0A {
                    start = index + 1
                    continue
                }
            }
            guard byte == 0x0A || byte == 0x0D else { continue }
            try keep(bytes, start..<index)
            start = index + 1
            isAfterCarriageReturn = byte == 0x0D
            try finishLine(event)
        }
        try keep(bytes, start..<bytes.count)
    }

    private mutating func keep(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(TooLong) {
        // A field's name and the space after its colon are allowed beyond the data.
        guard line.count + range.count <= maximumEventBytes + 16 else { throw TooLong(limit: maximumEventBytes) }
        bytes.extracting(range).withUnsafeBufferPointer { line.append(contentsOf: $0) }
    }

    private mutating func finishLine(_ event: (Event) -> Void) throws(TooLong) {
        if isFirstLine {
            isFirstLine = false
            if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        }
        if line.isEmpty {
            dispatch(event)
            return
        }
        let colon = line.firstIndex(of: UInt8(ascii: ":"))
        if colon != 0 {
            var valueStart = colon.map { $0 + 1 } ?? line.count
            if valueStart < line.count, line[valueStart] == 0x20 { valueStart += 1 }
            try field(line[..<(colon ?? line.count)], line[valueStart...])
        }
        line.removeAll(keepingCapacity: line.capacity <= 65_536)
    }

    private mutating func field(_ field: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) throws(TooLong) {
        if field.elementsEqual("data".utf8) {
            guard data.count + value.count + 1 <= maximumEventBytes + 1 else { throw TooLong(limit: maximumEventBytes) }
            if hasData { data.append(0x0A) }
            hasData = true
            data += value
        } else if field.elementsEqual("event".utf8) {
            name = String(decoding: value, as: UTF8.self)
        } else if field.elementsEqual("id".utf8) {
            if !value.contains(0) { pendingID = String(decoding: value, as: UTF8.self) }
        } else if field.elementsEqual("retry".utf8) {
            if !value.isEmpty, value.allSatisfy({ (0x30...0x39).contains($0) }), let milliseconds = Int(String(decoding: value, as: UTF8.self)) {
                retryMilliseconds = milliseconds
            }
        }
    }

    private mutating func dispatch(_ event: (Event) -> Void) {
        if let pendingID { lastEventID = pendingID }
        pendingID = nil
        if hasData { event(Event(name: name.isEmpty ? "message" : name, data: data)) }
        name = ""
        data = []
        hasData = false
    }
}
