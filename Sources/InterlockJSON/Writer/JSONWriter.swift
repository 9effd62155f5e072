/// Writes JSON text from front to back; commas and escapes are its business, order and nesting the caller's.
///
/// A value in an object must follow its ``key(_:)-(String)``, and every `begin` needs its `end`. Text is
/// written without white space; escaped is what RFC 8259 §7 requires and nothing more.
public struct JSONWriter: Sendable {
    /// What is written so far; one JSON text once every container is closed.
    public internal(set) var bytes: [UInt8]
    /// Whether the next name or value has one before it in its container.
    var needsComma = false

    /// Creates a writer with room for `capacity` bytes before its buffer grows.
    public init(reservingCapacity capacity: Int = 256) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// The text, taken from the writer without a copy.
    public consuming func finish() -> [UInt8] { bytes }

    /// Opens an object.
    public mutating func beginObject() { open(ASCII.openBrace) }
    /// Closes the innermost container, an object.
    public mutating func endObject() { close(ASCII.closeBrace) }
    /// Opens an array.
    public mutating func beginArray() { open(ASCII.openBracket) }
    /// Closes the innermost container, an array.
    public mutating func endArray() { close(ASCII.closeBracket) }

    /// Writes the name of the member whose value comes next.
    public mutating func key(_ name: String) {
        string(name)
        bytes.append(ASCII.colon)
        needsComma = false
    }

    /// Writes the name of the member whose value comes next. It must need no escapes, as the protocol's own names need none.
    public mutating func key(_ name: StaticString) {
        name.withUTF8Buffer { name in
            assert(!name.contains { $0 < 0x20 || $0 == ASCII.quote || $0 == ASCII.backslash }, "a constant name that needs escapes")
            appendPlainName(name)
        }
        needsComma = false
    }

    /// Writes a piece of JSON text that is known when the program is written: member names, whole values, opening brackets.
    ///
    /// - Parameter isValue: Whether the piece ends with a complete value, so that a comma comes before what follows.
    package mutating func constant(_ json: StaticString, endsValue isValue: Bool) {
        separate()
        append(json)
        needsComma = isValue
    }

    /// Writes a string.
    public mutating func string(_ value: String) {
        separate()
        var value = value
        value.withUTF8 { appendQuoted($0) }
    }

    /// Writes a truth value.
    public mutating func bool(_ value: Bool) {
        separate()
        append(value ? "true" : "false")
    }

    /// Writes `null`.
    public mutating func null() {
        separate()
        append("null")
    }

    /// Writes a value's bytes as they are.
    public mutating func raw(_ value: RawJSON) {
        separate()
        bytes.append(contentsOf: value.bytes)
    }

    /// Writes a tree.
    public mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let value): bool(value)
        case .number(let value): number(value)
        case .string(let value): string(value)
        case .array(let elements):
            beginArray()
            for element in elements { self.value(element) }
            endArray()
        case .object(let members):
            beginObject()
            for (name, value) in members {
                key(name)
                self.value(value)
            }
            endObject()
        }
    }

    /// Writes `value` by its `Encodable` conformance, as ``JSONCoding/encode(_:)`` does.
    ///
    /// If it throws, what stands before the value stays, and the value is not there.
    public mutating func encode(_ value: some Encodable) throws {
        try JSONCoding.encode(value, into: &self)
    }

    @inline(__always)
    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    @inline(__always)
    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    /// Makes room for a value: a comma, if one stands before it.
    @inline(__always)
    mutating func separate() {
        if needsComma { bytes.append(ASCII.comma) }
        needsComma = true
    }

    /// Writes the bytes of a constant.
    @inline(__always)
    mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }
}
