internal import NIOCore

/// Takes bytes as they come and gives the replies in them.
///
/// No byte is read twice however the input is cut: what is open is kept on a stack, and the search for a line's end goes on where it
/// stopped. Attributes are read and dropped. Streamed strings and aggregates, which servers do not send unasked, are refused.
struct RESPParser: Sendable {
    private enum Aggregate: Sendable {
        case array, set, map, push, attribute
    }

    private struct Frame: Sendable {
        let kind: Aggregate
        var missing: Int
        var values: [RESPValue] = []
    }

    private enum StringKind: Sendable {
        case bytes, error, verbatim
    }

    private let limits: RESPLimits
    private var buffer = ByteBuffer()
    private var stack: [Frame] = []
    /// A string whose length has been read and whose bytes have not all come.
    private var open: (kind: StringKind, length: Int)?
    /// Readable bytes in which no line end was found.
    private var searched = 0
    private var values = 0
    private var bytes = 0

    init(limits: RESPLimits = RESPLimits()) {
        self.limits = limits
    }

    /// Bytes that have come and not been used.
    var bufferedBytes: Int { buffer.readableBytes }

    mutating func append(_ incoming: ByteBuffer) {
        if buffer.readableBytes == 0 {
            buffer = incoming
        } else {
            buffer.discardReadBytes()
            buffer.writeImmutableBuffer(incoming)
        }
    }

    /// The next whole reply; `nil` when more bytes are needed. After it has thrown, the parser must not be used again.
    mutating func next() throws(RESPProtocolError) -> RESPValue? {
        while true {
            guard let value = try element() else { return nil }
            guard let reply = try close(value) else { continue }
            values = 0
            bytes = 0
            return reply
        }
    }

    /// What one step has read.
    private enum Step {
        case value(RESPValue)
        /// An aggregate was opened, or an attribute was read.
        case opened
    }

    private mutating func element() throws(RESPProtocolError) -> Step? {
        if let open { return try string(open.kind, length: open.length).map { .value($0) } }
        guard let line = try line() else { return nil }
        values += 1
        guard values <= limits.values else { throw RESPProtocolError(.tooLong, "more than \(limits.values) values in one reply") }
        let rest = line.dropFirst()
        switch line.first {
        case UInt8(ascii: "+"): return .value(.text(try text(rest)))
        case UInt8(ascii: "-"): return .value(.error(RESPErrorReply(String(decoding: rest, as: UTF8.self))))
        case UInt8(ascii: ":"): return .value(.integer(try integer(rest)))
        case UInt8(ascii: "_"):
            guard rest.isEmpty else { throw RESPProtocolError(.malformed, "a null with something in it") }
            return .value(.null)
        case UInt8(ascii: "#"):
            guard rest.count == 1, let letter = rest.first, letter == UInt8(ascii: "t") || letter == UInt8(ascii: "f") else {
                throw RESPProtocolError(.malformed, "a boolean that is neither t nor f")
            }
            return .value(.boolean(letter == UInt8(ascii: "t")))
        case UInt8(ascii: ","): return .value(.double(try double(rest)))
        case UInt8(ascii: "("): return .value(.bigNumber(try bigNumber(rest)))
        case UInt8(ascii: "$"): return try openString(.bytes, rest)
        case UInt8(ascii: "!"): return try openString(.error, rest)
        case UInt8(ascii: "="): return try openString(.verbatim, rest)
        case UInt8(ascii: "*"): return try openAggregate(.array, rest)
        case UInt8(ascii: "~"): return try openAggregate(.set, rest)
        case UInt8(ascii: "%"): return try openAggregate(.map, rest)
        case UInt8(ascii: "|"): return try openAggregate(.attribute, rest)
        case UInt8(ascii: ">"):
            guard stack.isEmpty else { throw RESPProtocolError(.malformed, "a push within a reply") }
            return try openAggregate(.push, rest)
        case let byte?: throw RESPProtocolError(.malformed, "a value of the unknown type 0x\(String(byte, radix: 16))")
        case nil: throw RESPProtocolError(.malformed, "an empty line")
        }
    }

    /// Puts a value where it belongs; the reply when that completes one.
    private mutating func close(_ step: Step) throws(RESPProtocolError) -> RESPValue? {
        guard case .value(var value) = step else { return nil }
        while let depth = stack.indices.last {
            stack[depth].values.append(value)
            stack[depth].missing -= 1
            guard stack[depth].missing == 0 else { return nil }
            let frame = stack.removeLast()
            guard let whole = Self.value(of: frame) else { return nil }
            value = whole
        }
        return value
    }

    /// An aggregate that is complete; `nil` for attributes, which say something about the value that follows.
    private static func value(of frame: Frame) -> RESPValue? {
        switch frame.kind {
        case .array: .array(frame.values)
        case .set: .set(frame.values)
        case .push: .push(frame.values)
        case .attribute: nil
        case .map: .map(stride(from: 0, to: frame.values.count, by: 2).map { .init(key: frame.values[$0], value: frame.values[$0 + 1]) })
        }
    }

    private mutating func openAggregate(_ kind: Aggregate, _ digits: ArraySlice<UInt8>) throws(RESPProtocolError) -> Step {
        let count = try length(digits, most: limits.values)
        guard let count else {
            guard kind == .array else { throw RESPProtocolError(.malformed, "a negative length") }
            return .value(.null)
        }
        guard stack.count < limits.depth else { throw RESPProtocolError(.tooDeep, "more than \(limits.depth) values within each other") }
        let frame = Frame(kind: kind, missing: kind == .map || kind == .attribute ? 2 * count : count)
        if frame.missing == 0 { return Self.value(of: frame).map { .value($0) } ?? .opened }
        stack.append(frame)
        return .opened
    }

    private mutating func openString(_ kind: StringKind, _ digits: ArraySlice<UInt8>) throws(RESPProtocolError) -> Step? {
        guard let count = try length(digits, most: limits.stringBytes) else {
            guard kind == .bytes else { throw RESPProtocolError(.malformed, "a negative length") }
            return .value(.null)
        }
        try charge(count + 2)
        open = (kind, count)
        return try string(kind, length: count).map { .value($0) }
    }

    private mutating func string(_ kind: StringKind, length: Int) throws(RESPProtocolError) -> RESPValue? {
        guard buffer.readableBytes >= length + 2 else { return nil }
        let content = buffer.readBytes(length: length)!
        guard buffer.readInteger(as: UInt16.self) == 0x0D0A else { throw RESPProtocolError(.malformed, "a string that is not as long as it says") }
        open = nil
        switch kind {
        case .bytes: return .bytes(content)
        case .error: return .error(RESPErrorReply(String(decoding: content, as: UTF8.self)))
        case .verbatim:
            guard content.count >= 4, content[3] == UInt8(ascii: ":") else { throw RESPProtocolError(.malformed, "a verbatim string without its kind") }
            return .verbatim(kind: String(decoding: content[..<3], as: UTF8.self), bytes: Array(content[4...]))
        }
    }

    /// A line without its end; `nil` when it has not all come.
    private mutating func line() throws(RESPProtocolError) -> ArraySlice<UInt8>? {
        let view = buffer.readableBytesView
        guard let end = view[view.index(view.startIndex, offsetBy: searched)...].firstIndex(of: UInt8(ascii: "\n")) else {
            searched = view.count
            guard searched <= limits.lineBytes else { throw RESPProtocolError(.tooLong, "a line of more than \(limits.lineBytes) bytes") }
            return nil
        }
        let length = end - view.startIndex
        searched = 0
        try charge(length + 1)
        let line = buffer.readBytes(length: length + 1)!
        guard length >= 1, length <= limits.lineBytes, line[length - 1] == UInt8(ascii: "\r"), !line[..<(length - 1)].contains(UInt8(ascii: "\r")) else {
            throw RESPProtocolError(.malformed, "a line that does not end as lines do")
        }
        return line[..<(length - 1)]
    }

    private mutating func charge(_ count: Int) throws(RESPProtocolError) {
        bytes += count
        guard bytes <= limits.replyBytes else { throw RESPProtocolError(.tooLong, "a reply of more than \(limits.replyBytes) bytes") }
    }

    /// A length; `nil` for -1, which older servers send for null.
    private func length(_ digits: ArraySlice<UInt8>, most: Int) throws(RESPProtocolError) -> Int? {
        if digits.elementsEqual("-1".utf8) { return nil }
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw RESPProtocolError(.malformed, digits.elementsEqual("?".utf8) ? "a streamed value" : "a length that is no number")
        }
        guard digits.count <= 10, let count = Int(String(decoding: digits, as: UTF8.self)), count <= most else {
            throw RESPProtocolError(.tooLong, "a length above \(most)")
        }
        return count
    }

    private func integer(_ digits: ArraySlice<UInt8>) throws(RESPProtocolError) -> Int64 {
        guard let number = Int64(String(decoding: digits, as: UTF8.self)) else { throw RESPProtocolError(.malformed, "an integer that is none") }
        return number
    }

    private func text(_ content: ArraySlice<UInt8>) throws(RESPProtocolError) -> String {
        guard let text = String(validating: content, as: UTF8.self) else { throw RESPProtocolError(.malformed, "a line that is not UTF-8") }
        return text
    }

    private func double(_ content: ArraySlice<UInt8>) throws(RESPProtocolError) -> Double {
        let text = String(decoding: content, as: UTF8.self)
        switch text {
        case "inf", "+inf": return .infinity
        case "-inf": return -.infinity
        case "nan", "-nan": return .nan
        default: break
        }
        guard content.allSatisfy({ (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0) }), let number = Double(text) else {
            throw RESPProtocolError(.malformed, "a double that is none")
        }
        return number
    }

    private func bigNumber(_ content: ArraySlice<UInt8>) throws(RESPProtocolError) -> String {
        let digits = content.first == UInt8(ascii: "-") || content.first == UInt8(ascii: "+") ? content.dropFirst() : content
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { throw RESPProtocolError(.malformed, "a big number that is none") }
        return String(decoding: content, as: UTF8.self)
    }
}
