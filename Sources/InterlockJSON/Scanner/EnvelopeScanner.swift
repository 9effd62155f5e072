/// Reads the envelope of JSON-RPC messages. Failures of the grammar are thrown; a text that is JSON but no
/// message is read to its end first, so that the refusal can name the id.
struct EnvelopeScanner {
    private enum Member: UInt8 {
        case jsonrpc = 1, id = 2, method = 4, params = 8, result = 16, error = 32
    }

    private let bytes: ArraySlice<UInt8>
    private var message = ScannedMessage()
    /// The members seen, a bit each.
    private var seen: UInt8 = 0
    /// The first reason why this is no message.
    private var refusal: StaticString?

    private init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    /// Reads one value, which should be a message. `bytes` is what the scanner reads, `depth` the count of open containers.
    static func message(
        _ scanner: inout JSONScanner, in bytes: ArraySlice<UInt8>, depth: Int
    ) throws(ScanFailure) -> Result<ScannedMessage, JSONRPCScanError> {
        guard try scanner.peek() == ASCII.openBrace else {
            let isArray = scanner.base[scanner.position] == ASCII.openBracket
            try scanner.skipValue(depth: depth)
            return .failure(
                JSONRPCScanError(
                    code: .invalidRequest,
                    message: isArray
                        ? "Invalid Request: a batch is not accepted here; send one message"
                        : "Invalid Request: a message must be a JSON object"))
        }
        guard depth < scanner.maximumDepth else { throw scanner.failure(.depth) }
        var envelope = EnvelopeScanner(bytes)
        try envelope.members(&scanner, depth: depth + 1)
        return envelope.conclude()
    }

    /// Reads the array of a batch.
    static func batch(
        _ scanner: inout JSONScanner, in bytes: ArraySlice<UInt8>, limits: JSONLimits
    ) throws(ScanFailure) -> Result<ScannedInput, JSONRPCScanError> {
        guard scanner.maximumDepth > 0 else { throw scanner.failure(.depth) }
        scanner.position += 1
        if try scanner.take(ASCII.closeBracket) {
            return .failure(JSONRPCScanError(code: .invalidRequest, message: "Invalid Request: a batch must not be empty"))
        }
        var entries: [Result<ScannedMessage, JSONRPCScanError>] = []
        var isTooLong = false
        repeat {
            if entries.count < limits.maximumBatchEntries {
                entries.append(try message(&scanner, in: bytes, depth: 1))
            } else {
                isTooLong = true
                try scanner.skipValue(depth: 1)
            }
        } while try scanner.take(ASCII.comma)
        guard try scanner.take(ASCII.closeBracket) else { throw scanner.failure(.expectedCommaOrEnd) }
        if isTooLong {
            return .failure(
                JSONRPCScanError(
                    code: .invalidRequest,
                    message: "Invalid Request: a batch must not have more than \(limits.maximumBatchEntries) entries"))
        }
        return .success(.batch(entries))
    }

    private mutating func members(_ scanner: inout JSONScanner, depth: Int) throws(ScanFailure) {
        scanner.position += 1
        if try scanner.take(ASCII.closeBrace) { return }
        repeat {
            let name = try scanner.memberName()
            let first = try scanner.peek()
            let start = scanner.position
            guard let member = Self.member(name, in: scanner.base) else {
                try scanner.skipValue(depth: depth)
                continue
            }
            let isRepeated = seen & member.rawValue != 0
            seen |= member.rawValue
            switch member {
            case .jsonrpc:
                try scanner.skipValue(depth: depth)
                if !Self.isVersion(scanner.base + start, count: scanner.position - start) {
                    refuse("jsonrpc must be the string \"2.0\"")
                }
            case .id:
                message.id = try id(&scanner, first: first, depth: depth)
            case .method:
                if first == ASCII.quote {
                    message.method = StringBytes.text(try scanner.string(), in: scanner.base)
                } else {
                    try scanner.skipValue(depth: depth)
                    refuse("method must be a string")
                }
            case .params:
                message.params = try value(&scanner, depth: depth)
                if first != ASCII.openBrace, first != ASCII.openBracket { refuse("params must be an object or an array") }
            case .result:
                message.result = try value(&scanner, depth: depth)
            case .error:
                message.error = try value(&scanner, depth: depth)
                if first != ASCII.openBrace { refuse("error must be an object") }
            }
            if isRepeated {
                if member == .id { message.id = nil }
                refuse("jsonrpc, id, method, params, result and error may each occur only once")
            }
        } while try scanner.take(ASCII.comma)
        guard try scanner.take(ASCII.closeBrace) else { throw scanner.failure(.expectedCommaOrEnd) }
    }

    private func value(_ scanner: inout JSONScanner, depth: Int) throws(ScanFailure) -> RawJSON {
        let start = bytes.startIndex + scanner.position
        try scanner.skipValue(depth: depth)
        return RawJSON(unchecked: bytes[start..<bytes.startIndex + scanner.position])
    }

    private mutating func id(_ scanner: inout JSONScanner, first: UInt8, depth: Int) throws(ScanFailure) -> RequestID? {
        if first == ASCII.quote { return .string(StringBytes.text(try scanner.string(), in: scanner.base)) }
        guard first == ASCII.minus || ASCII.isDigit(first) else {
            try scanner.skipValue(depth: depth)
            // Null is left for the conclusion: an error response may have it.
            if first != 0x6E { refuse("id must be a string or an integer") }
            return nil
        }
        let token = try scanner.number()
        let text = UnsafeBufferPointer(start: scanner.base + token.start, count: token.end - token.start)
        guard token.isInteger, let value = NumberText.integer(text, as: Int64.self) else {
            refuse("id must be a string or an integer of 64 bits, without a fraction or exponent")
            return nil
        }
        return .integer(value)
    }

    private mutating func refuse(_ reason: StaticString) {
        if refusal == nil { refusal = reason }
    }

    private func has(_ member: Member) -> Bool { seen & member.rawValue != 0 }

    private func conclude() -> Result<ScannedMessage, JSONRPCScanError> {
        guard let refusal = refusal ?? contradiction else { return .success(message) }
        return .failure(
            JSONRPCScanError(code: .invalidRequest, message: "Invalid Request: \(refusal)", id: message.id))
    }

    /// What the members contradict in each other once each of them is right by itself.
    private var contradiction: StaticString? {
        if !has(.jsonrpc) { return "jsonrpc is missing; it must be \"2.0\"" }
        if has(.method) {
            if has(.result) || has(.error) { return "a message has either a method, or a result or error" }
            if has(.id), message.id == nil { return "the id of a request must not be null" }
            return nil
        }
        if has(.params) { return "params without a method" }
        if has(.result) {
            if has(.error) { return "a response has either a result or an error, not both" }
            return message.id == nil ? "a result needs the id of its request" : nil
        }
        return has(.error) ? nil : "method is missing"
    }

    private static func member(_ name: StringToken, in base: UnsafePointer<UInt8>) -> Member? {
        guard name.isEscaped else { return member(base + name.start, count: name.end - name.start) }
        var text = StringBytes.text(name, in: base)
        return text.withUTF8 { text in text.baseAddress.flatMap { member($0, count: text.count) } }
    }

    @inline(__always)
    private static func member(_ text: UnsafePointer<UInt8>, count: Int) -> Member? {
        switch count {
        case 2: return text[0] == 0x69 && text[1] == 0x64 ? .id : nil
        case 5: return equal(text, "error") ? .error : nil
        case 6:
            if equal(text, "method") { return .method }
            if equal(text, "params") { return .params }
            return equal(text, "result") ? .result : nil
        case 7: return equal(text, "jsonrpc") ? .jsonrpc : nil
        default: return nil
        }
    }

    /// Whether `text` starts with the bytes of `name`; the caller has compared the lengths.
    @inline(__always)
    private static func equal(_ text: UnsafePointer<UInt8>, _ name: StaticString) -> Bool {
        for offset in 0..<name.utf8CodeUnitCount where text[offset] != name.utf8Start[offset] { return false }
        return true
    }

    /// Whether a value's bytes are the string `2.0`; an escaped spelling counts, too.
    @inline(__always)
    private static func isVersion(_ text: UnsafePointer<UInt8>, count: Int) -> Bool {
        if count == 5 { return equal(text, "\"2.0\"") }
        guard count > 5, text[0] == ASCII.quote else { return false }
        return StringBytes.text(StringToken(start: 1, end: count - 1, isEscaped: true), in: text) == "2.0"
    }
}
