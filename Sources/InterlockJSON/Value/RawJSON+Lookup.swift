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
        return read { scanner in StringBytes.text(scanner.string(), in: scanner.base) }
    }

    /// The value of the member `key`, the last one if there are several; nil if there is none, or if this
    /// is not an object. Reads the object from its start: time is linear in its length.
    public subscript(key: String) -> RawJSON? {
        guard kind == .object else { return nil }
        var key = key
        let found: Range<Int>? = key.withUTF8 { key in
            read { scanner in
                var found: Range<Int>?
                scanner.position = 1
                if scanner.take(ASCII.closeBrace) { return nil }
                repeat {
                    let name = scanner.memberName()
                    let start = scanner.skipValue()
                    if name.matches(key, in: scanner.base) { found = start..<scanner.position }
                } while scanner.take(ASCII.comma)
                return found
            }
        }
        return found.map(slice)
    }

    /// The members in order, each occurrence of a name; nil if this is not an object.
    public var members: [(key: String, value: RawJSON)]? {
        guard let members = RawMembers(self) else { return nil }
        return (0..<members.count).map { (members.name($0), members.value($0)) }
    }

    /// The elements in order; nil if this is not an array.
    public var elements: [RawJSON]? {
        guard kind == .array else { return nil }
        return read { scanner in
            var result: [RawJSON] = []
            scanner.position = 1
            if scanner.take(ASCII.closeBracket) { return result }
            repeat {
                let start = scanner.skipValue()
                result.append(slice(start..<scanner.position))
            } while scanner.take(ASCII.comma)
            return result
        }
    }

    /// The value at a range counted from the first byte of this one.
    private func slice(_ range: Range<Int>) -> RawJSON {
        RawJSON(unchecked: bytes[bytes.startIndex + range.lowerBound..<bytes.startIndex + range.upperBound])
    }

    private func read<R>(_ body: (inout TrustedScanner) -> R) -> R {
        bytes.withUnsafeBufferPointer { buffer in
            var scanner = TrustedScanner(buffer)
            return body(&scanner)
        }
    }
}

extension StringToken {
    /// Whether the string's text is `key`, in UTF-8.
    @inline(__always)
    func matches(_ key: UnsafeBufferPointer<UInt8>, in base: UnsafePointer<UInt8>) -> Bool {
        if isEscaped { return StringBytes.text(self, in: base).utf8.elementsEqual(key) }
        guard end &- start == key.count else { return false }
        guard let key = UnsafeRawPointer(key.baseAddress) else { return true }
        return ByteComparison.equal(UnsafeRawPointer(base + start), key, count: end &- start)
    }
}
