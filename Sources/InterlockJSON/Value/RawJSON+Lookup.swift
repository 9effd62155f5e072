extension RawJSON {
    /// Whether this is `null`.
    public var isNull: Bool { kind == .null }

    /// The truth value, or nil if this is none.
    public var bool: Bool? {
        kind == .bool ? bytes[bytes.startIndex] == 0x74 : nil
    }

    /// The number, exactly; nil if this is none.
    public var number: JSONNumber? {
        guard kind == .number else { return nil }
        return value().number
    }

    /// The number if it is written as an integer and fits, else nil.
    public var int: Int? {
        guard kind == .number else { return nil }
        return bytes.withUnsafeBufferPointer { NumberText.integer($0, as: Int.self) }
    }

    /// The nearest `Double` of the number, or nil if this is none.
    public var double: Double? {
        guard kind == .number else { return nil }
        return bytes.withUnsafeBufferPointer { NumberText.double($0) }
    }

    /// The string, or nil if this is none.
    public var string: String? {
        guard kind == .string else { return nil }
        return read { scanner throws(ScanFailure) in StringBytes.text(try scanner.string(), in: scanner.base) }
    }

    /// The value of the member `key`, the last one if there are several; nil if there is none, or if this
    /// is not an object. Reads the object from its start: time is linear in its length.
    public subscript(key: String) -> RawJSON? {
        var key = key
        return key.withUTF8 { key in
            var found: RawJSON?
            forEachMember { name, base, value in
                if name.matches(key, in: base) { found = value }
            }
            return found
        }
    }

    /// The members in order, each occurrence of a name; nil if this is not an object.
    public var members: [(key: String, value: RawJSON)]? {
        guard kind == .object else { return nil }
        var result: [(key: String, value: RawJSON)] = []
        forEachMember { name, base, value in result.append((StringBytes.text(name, in: base), value)) }
        return result
    }

    /// The elements in order; nil if this is not an array.
    public var elements: [RawJSON]? {
        guard kind == .array else { return nil }
        return read { scanner throws(ScanFailure) in
            var result: [RawJSON] = []
            scanner.position += 1
            if try scanner.take(ASCII.closeBracket) { return result }
            repeat { result.append(try self.nextValue(&scanner)) } while try scanner.take(ASCII.comma)
            return result
        }
    }

    private func forEachMember(_ body: (StringToken, UnsafePointer<UInt8>, RawJSON) -> Void) {
        guard kind == .object else { return }
        read { scanner throws(ScanFailure) in
            scanner.position += 1
            if try scanner.take(ASCII.closeBrace) { return }
            repeat {
                let name = try scanner.memberName()
                body(name, scanner.base, try self.nextValue(&scanner))
            } while try scanner.take(ASCII.comma)
        }
    }

    private func nextValue(_ scanner: inout JSONScanner) throws(ScanFailure) -> RawJSON {
        scanner.skipWhitespace()
        let start = bytes.startIndex + scanner.position
        try scanner.skipValue()
        return RawJSON(unchecked: bytes[start..<bytes.startIndex + scanner.position])
    }

    /// Runs `body` on a scanner over bytes that were validated, which therefore cannot fail.
    private func read<R>(_ body: (inout JSONScanner) throws(ScanFailure) -> R) -> R {
        bytes.withUnsafeBufferPointer { buffer in
            var scanner = JSONScanner(trusted: buffer)
            do throws(ScanFailure) {
                return try body(&scanner)
            } catch {
                preconditionFailure("bytes that were validated are malformed at \(error.offset)")
            }
        }
    }
}

extension StringToken {
    /// Whether the string's text is `key`, in UTF-8.
    @inline(__always)
    func matches(_ key: UnsafeBufferPointer<UInt8>, in base: UnsafePointer<UInt8>) -> Bool {
        if isEscaped { return StringBytes.text(self, in: base).utf8.elementsEqual(key) }
        guard end - start == key.count else { return false }
        for offset in 0..<key.count where base[start + offset] != key[offset] { return false }
        return true
    }
}
