/// A JSON value as a tree.
///
/// Numbers stay exact and members keep their order. For a value that is only carried from one place to
/// another, ``RawJSON`` costs less: it is the bytes the value arrived in.
public enum JSONValue: Sendable, Hashable {
    /// The value `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number, as it is spelt.
    case number(JSONNumber)
    /// A string, without its escapes.
    case string(String)
    /// The elements of an array.
    case array([JSONValue])
    /// The members of an object.
    case object(JSONObject)

    /// Reads the one value `text` holds; white space around it is allowed.
    public init(parsing text: String, limits: JSONLimits = .default) throws(JSONError) {
        var text = text
        let parsed: Result<JSONValue, JSONError> = text.withUTF8 { ValueSink.parse($0, limits: limits) }
        self = try parsed.get()
    }

    /// Reads the one value `bytes` hold; white space around it is allowed.
    public init(parsing bytes: [UInt8], limits: JSONLimits = .default) throws(JSONError) {
        let parsed: Result<JSONValue, JSONError> = bytes.withUnsafeBufferPointer { ValueSink.parse($0, limits: limits) }
        self = try parsed.get()
    }
}

extension JSONValue {
    /// Whether both are the same value: numbers by their spelling, strings by their bytes, objects in any order.
    public static func == (a: JSONValue, b: JSONValue) -> Bool {
        switch (a, b) {
        case (.null, .null): true
        case (.bool(let x), .bool(let y)): x == y
        case (.number(let x), .number(let y)): x == y
        case (.string(let x), .string(let y)): StringBytes.same(x, y)
        case (.array(let x), .array(let y)): x == y
        case (.object(let x), .object(let y)): x == y
        default: false
        }
    }

    /// The type of the value.
    public var kind: JSONKind {
        switch self {
        case .null: .null
        case .bool: .bool
        case .number: .number
        case .string: .string
        case .array: .array
        case .object: .object
        }
    }

    /// Whether this is `null`.
    public var isNull: Bool { kind == .null }

    /// The truth value, or nil if this is none.
    public var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The number, or nil if this is none.
    public var number: JSONNumber? {
        if case .number(let value) = self { value } else { nil }
    }

    /// The number if it is written as an integer and fits, else nil.
    public var int: Int? { number?.int }

    /// The nearest `Double` of the number, or nil if this is none.
    public var double: Double? { number?.double }

    /// The string, or nil if this is none.
    public var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The elements, or nil if this is not an array.
    public var array: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    /// The members, or nil if this is not an object.
    public var object: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }

    /// The value of the member `key`; nil if there is none, or if this is not an object.
    public subscript(key: String) -> JSONValue? { object?[key] }

    /// The element at `index`; nil outside the array, or if this is none.
    public subscript(index: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// The same value with the members of every object sorted by the Unicode scalars of their names.
    public var sortedByKey: JSONValue {
        switch self {
        case .array(let elements): .array(elements.map(\.sortedByKey))
        case .object(let members):
            .object(
                JSONObject(
                    members.map { ($0.key, $0.value.sortedByKey) }
                        .sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }))
        default: self
        }
    }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    /// A JSON null.
    public init(nilLiteral: ()) { self = .null }
    /// A truth value.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// An integer.
    public init(integerLiteral value: Int) { self = .number(JSONNumber(value)) }
    /// A number, which must be finite.
    public init(floatLiteral value: Double) { self = .number(JSONNumber(floatLiteral: value)) }
    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// An array.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// An object; where a name occurs again, the last value wins.
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }
}

extension JSONValue: CustomStringConvertible {
    /// The value as JSON text, without white space.
    public var description: String {
        var writer = JSONWriter()
        writer.value(self)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
