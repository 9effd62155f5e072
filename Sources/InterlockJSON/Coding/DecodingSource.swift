/// The bytes being decoded and the tape of their tokens, shared by all decoders of one text.
final class DecodingSource {
    private let bytes: ArraySlice<UInt8>
    let tape: [TapeToken]

    /// Lays out bytes from outside, validating each.
    init(validating bytes: ArraySlice<UInt8>, limits: JSONLimits) throws(JSONError) {
        let tape: Result<[TapeToken], JSONError> = bytes.withUnsafeBufferPointer { buffer in
            do throws(ScanFailure) {
                if buffer.count >= UInt32.max { throw ScanFailure(reason: .size, offset: Int(UInt32.max)) }
                var scanner = try JSONScanner(buffer, limits: limits)
                var sink = TapeSink(capacity: Self.estimate(buffer.count))
                try scanner.walk(into: &sink)
                try scanner.finish()
                return .success(sink.tape)
            } catch {
                return .failure(error.described(limits: limits))
            }
        }
        self.bytes = bytes
        self.tape = try tape.get()
    }

    /// Lays out bytes that were validated before. They must be fewer than 2^32.
    init(trusted bytes: ArraySlice<UInt8>) throws(JSONError) {
        guard bytes.count < UInt32.max else {
            throw JSONError(code: .sizeExceeded, message: "a value of 4 GiB or more cannot be decoded into a type")
        }
        self.bytes = bytes
        tape = bytes.withUnsafeBufferPointer { buffer in
            var scanner = JSONScanner(trusted: buffer)
            var sink = TapeSink(capacity: Self.estimate(buffer.count))
            do throws(ScanFailure) {
                try scanner.walk(into: &sink)
            } catch {
                preconditionFailure("bytes that were validated are malformed at \(error.offset)")
            }
            return sink.tape
        }
    }

    /// Tokens a text of typical messages has, give or take; the tape grows if it has more.
    private static func estimate(_ count: Int) -> Int { min(count / 8, 4096) + 8 }

    /// Runs `body` on the bytes a token covers.
    @inline(__always)
    func withBytes<R>(of token: TapeToken, _ body: (UnsafeBufferPointer<UInt8>) -> R) -> R {
        bytes.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[Int(token.start)..<Int(token.end)])) }
    }
}

extension DecodingSource {
    func next(after index: Int) -> Int { Int(tape[index].next) }

    func isNull(at index: Int) -> Bool { tape[index].kind == .null }

    /// The bytes of a value as they stand in the text.
    func slice(at index: Int) -> ArraySlice<UInt8> {
        let token = tape[index]
        let quotes = token.kind == .string || token.kind == .escapedString ? 1 : 0
        return bytes[bytes.startIndex + Int(token.start) - quotes..<bytes.startIndex + Int(token.end) + quotes]
    }

    func elementCount(at index: Int) -> Int {
        var count = 0
        var place = index + 1
        let end = next(after: index)
        while place < end {
            count += 1
            place = next(after: place)
        }
        return count
    }

    /// Where the value of the last member `key` of an object stands.
    func member(_ key: String, ofObjectAt index: Int) -> Int? {
        var key = key
        return key.withUTF8 { key in
            bytes.withUnsafeBufferPointer { buffer in
                guard let base = buffer.baseAddress else { return nil }
                return tape.withUnsafeBufferPointer { tape in
                    var found: Int?
                    var place = index + 1
                    let end = Int(tape[index].next)
                    while place < end {
                        let name = StringToken(
                            start: Int(tape[place].start), end: Int(tape[place].end),
                            isEscaped: tape[place].kind == .escapedString)
                        if name.matches(key, in: base) { found = place + 1 }
                        place = Int(tape[place + 1].next)
                    }
                    return found
                }
            }
        }
    }

    func memberNames(at index: Int) -> [String] {
        var names: [String] = []
        forEachMember(at: index) { name, _ in names.append(name) }
        return names
    }

    func memberPlaces(at index: Int) -> [ExactName: Int] {
        var places: [ExactName: Int] = [:]
        forEachMember(at: index) { name, place in places[ExactName(text: name)] = place }
        return places
    }

    private func forEachMember(at index: Int, _ body: (String, Int) -> Void) {
        var place = index + 1
        let end = next(after: index)
        while place < end {
            body(text(of: tape[place]), place + 1)
            place = next(after: place + 1)
        }
    }

    func text(of token: TapeToken) -> String {
        withBytes(of: token) { content in
            guard let base = content.baseAddress else { return "" }
            return StringBytes.text(
                StringToken(start: 0, end: content.count, isEscaped: token.kind == .escapedString), in: base)
        }
    }
}
