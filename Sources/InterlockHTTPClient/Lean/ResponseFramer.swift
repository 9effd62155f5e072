internal import NIOHTTP1

/// Takes HTTP/1.1 responses apart as they come from a connection: their heads, and the bytes of their bodies. Pure.
///
/// Knows what an answer to a POST can be and refuses the rest: a head of more than 64 KiB, a length that is no number or not the only one, an encoding
/// other than `chunked`, a change of protocol. Interim responses are passed over. Spec: RFC 9112 §4 to §7.
struct ResponseFramer: Sendable {
    /// What of a head matters here.
    struct Head: Sendable {
        var status: Int
        var content: ResponseReader.Content
        /// Whether the connection can be used again after the response.
        var keepsAlive: Bool
        /// For how long the server keeps it open without a request, if it says so.
        var keepAlive: Duration?
        /// The fields of a response that is no success.
        var refusal: HTTPHeaders?
    }

    /// What the next bytes were.
    enum Step: Sendable {
        case head(Head)
        /// Bytes of the body, by their places in what was given.
        case body(Range<Int>)
        /// The response is complete; the next one may follow.
        case end
        /// All bytes are taken, and more have to come.
        case more
    }

    /// The bytes are no response that could be taken apart.
    struct Malformed: Error, Sendable, Hashable {
        var reason: String
    }

    private enum Phase: Sendable, Hashable {
        case head
        case counted(Int)
        case chunkSize, chunk(Int), chunkEnd, trailer
        case untilClose
        case ended
    }

    static let maximumHeadBytes = 65_536
    private static let maximumLineBytes = 8_192

    private var phase = Phase.head
    /// What came of a head or a line that is not complete.
    private var partial: [UInt8] = []

    /// Takes the next part of what was received.
    ///
    /// - Parameter offset: where to go on in `bytes`; moved behind what was taken. Call again until ``Step/more``, with the same bytes.
    mutating func next(_ bytes: Span<UInt8>, at offset: inout Int) throws(Malformed) -> Step {
        while true {
            switch phase {
            case .head:
                guard let head = try takeHead(bytes, &offset) else { return .more }
                if let head { return .head(head) }
            case .counted(let left), .chunk(let left):
                guard offset < bytes.count else { return .more }
                let range = offset..<(offset + min(left, bytes.count - offset))
                offset = range.upperBound
                let rest = left - range.count
                if case .counted = phase { phase = rest == 0 ? .ended : .counted(rest) } else { phase = rest == 0 ? .chunkEnd : .chunk(rest) }
                return .body(range)
            case .untilClose:
                guard offset < bytes.count else { return .more }
                defer { offset = bytes.count }
                return .body(offset..<bytes.count)
            case .chunkSize:
                guard try line(bytes, &offset) else { return .more }
                let size = try chunkSize()
                partial.removeAll(keepingCapacity: true)
                phase = size == 0 ? .trailer : .chunk(size)
            case .chunkEnd:
                guard try line(bytes, &offset) else { return .more }
                guard partial.isEmpty else { throw Malformed(reason: "a chunk is longer than it says") }
                phase = .chunkSize
            case .trailer:
                guard try line(bytes, &offset) else { return .more }
                if partial.isEmpty { phase = .ended } else { partial.removeAll(keepingCapacity: true) }
            case .ended:
                phase = .head
                return .end
            }
        }
    }

    /// The connection has ended. Returns whether that completes a response that has begun.
    mutating func close() -> Bool {
        defer { phase = .head }
        return phase == .untilClose
    }

    // MARK: - Heads

    /// Reads a head; `nil` when it is not complete, and an inner `nil` for one to be passed over.
    private mutating func takeHead(_ bytes: Span<UInt8>, _ offset: inout Int) throws(Malformed) -> Head?? {
        if partial.isEmpty {
            if let end = Self.endOfHead(bytes, from: offset, since: offset) {
                defer { offset = end }
                return .some(try parse(bytes.extracting(offset..<end)))
            }
        }
        let known = partial.count
        bytes.extracting(offset..<bytes.count).withUnsafeBufferPointer { partial.append(contentsOf: $0) }
        guard let end = Self.endOfHead(partial.span, from: max(0, known - 3), since: 0) else {
            guard partial.count <= Self.maximumHeadBytes else { throw Malformed(reason: "its head has more than \(Self.maximumHeadBytes) bytes") }
            offset = bytes.count
            return .none
        }
        offset += end - known
        let head = Array(partial[..<end])
        partial.removeAll(keepingCapacity: true)
        return .some(try parse(head.span))
    }

    /// Where the empty line ends that ends a head; lines end with LF, mostly after a CR.
    private static func endOfHead(_ bytes: Span<UInt8>, from start: Int, since first: Int) -> Int? {
        var index = start
        while index < bytes.count {
            if bytes[index] == 0x0A, index > first {
                if bytes[index - 1] == 0x0A { return index + 1 }
                if index - 1 > first, bytes[index - 1] == 0x0D, bytes[index - 2] == 0x0A { return index + 1 }
            }
            index += 1
        }
        return nil
    }

    private mutating func parse(_ bytes: Span<UInt8>) throws(Malformed) -> Head? {
        guard bytes.count <= Self.maximumHeadBytes else { throw Malformed(reason: "its head has more than \(Self.maximumHeadBytes) bytes") }
        let fields = try HeadFields(bytes)
        if fields.status == 101 { throw Malformed(reason: "it changes the protocol") }
        if fields.status < 200 { return nil }
        var head = Head(status: fields.status, content: fields.content, keepsAlive: fields.keepsAlive, keepAlive: fields.keepAlive, refusal: fields.refusal)
        if fields.status == 204 || fields.status == 304 {
            phase = .ended
        } else if fields.isChunked {
            phase = .chunkSize
        } else if let length = fields.length {
            phase = length == 0 ? .ended : .counted(length)
        } else {
            phase = .untilClose
            head.keepsAlive = false
        }
        return head
    }

    // MARK: - Chunks

    /// Takes a line without its end into `partial`, which is to be emptied before the next. Returns whether it is complete.
    private mutating func line(_ bytes: Span<UInt8>, _ offset: inout Int) throws(Malformed) -> Bool {
        while offset < bytes.count {
            let byte = bytes[offset]
            offset += 1
            if byte == 0x0A {
                if partial.last == 0x0D { partial.removeLast() }
                return true
            }
            guard partial.count < Self.maximumLineBytes else {
                throw Malformed(reason: "a line between its chunks has more than \(Self.maximumLineBytes) bytes")
            }
            partial.append(byte)
        }
        return false
    }

    private func chunkSize() throws(Malformed) -> Int {
        var size = 0
        var digits = 0
        for byte in partial {
            guard let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
                // Extensions of a chunk say nothing to us.
                guard digits > 0, [0x3B, 0x20, 0x09].contains(byte) else { throw Malformed(reason: "the size of a chunk is no number") }
                break
            }
            digits += 1
            guard digits <= 15 else { throw Malformed(reason: "a chunk is too long") }
            size = size << 4 | digit
        }
        guard digits > 0 else { throw Malformed(reason: "the size of a chunk is no number") }
        return size
    }
}
