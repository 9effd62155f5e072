public import InterlockJSON

// The JSON kinds the shapes are made of.

extension String: WireDecodable, WireEncodable {
    /// Reads a JSON string.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        guard let value = json.string else { throw .expected("a string", got: json) }
        self = value
    }

    /// Writes a JSON string.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.string(self)
    }
}

extension Bool: WireDecodable, WireEncodable {
    /// Reads `true` or `false`.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        guard let value = json.bool else { throw .expected("true or false", got: json) }
        self = value
    }

    /// Writes `true` or `false`.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.bool(self)
    }
}

extension Int: WireDecodable, WireEncodable {
    /// Reads an integer; `42.0` counts as 42, as JSON Schema has it.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        if let value = json.int {
            self = value
        } else if let value = json.double, let exact = Int(exactly: value) {
            self = exact
        } else {
            throw .expected("an integer", got: json)
        }
    }

    /// Writes an integer.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.int(self)
    }
}

extension Double: WireDecodable, WireEncodable {
    /// Reads a number, rounded to the nearest double.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        guard let value = json.double else { throw .expected("a number", got: json) }
        self = value
    }

    /// Writes a number, whole ones without a fraction. JSON has no infinities and no NaN: they are written as 0.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        if let whole = Int(exactly: self), whole.magnitude < 1 << 53 {
            writer.int(whole)
        } else if let number = JSONNumber(self) {
            writer.number(number)
        } else {
            writer.int(0)
        }
    }
}

extension Array: WireDecodable where Element: WireDecodable {
    /// Reads an array whose elements all have the shape.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        guard let elements = json.elements else { throw .expected("an array", got: json) }
        self = []
        reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            do throws(ShapeMismatch) {
                append(try Element(shape: element))
            } catch {
                throw error.inside("[\(index)]")
            }
        }
    }
}

extension Array: WireEncodable where Element: WireEncodable {
    /// Writes an array.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginArray()
        for element in self { element.write(into: &writer, context: context) }
        writer.endArray()
    }
}

extension RawJSON: WireDecodable, WireEncodable {
    /// Takes any JSON value as it is.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        self = json
    }

    /// Writes the bytes as they came.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.raw(self)
    }
}

extension JSONObject: WireDecodable, WireEncodable {
    /// Reads an object as a tree.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        guard let object = json.value().object else { throw .expected("an object", got: json) }
        self = object
    }

    /// Writes the object with its members in order.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.value(.object(self))
    }
}

extension RequestID: WireDecodable, WireEncodable {
    /// Reads an integer or a string and keeps which of the two it was.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        if let text = json.string {
            self = .string(text)
        } else if json.kind == .number, let number = json.int {
            self = .integer(Int64(number))
        } else {
            throw .expected("a string or an integer", got: json)
        }
    }

    /// Writes the id with the JSON type it came with.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        switch self {
        case .integer(let number): writer.int(Int(number))
        case .string(let text): writer.string(text)
        }
    }
}

/// An enumeration of the specification whose raw values are the strings of the wire.
public protocol WireEnumeration: WireDecodable, WireEncodable, RawRepresentable<String>, CaseIterable {}

extension WireEnumeration {
    /// Reads one of the strings; any other is refused with the list of those that exist.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        guard let text = json.string, let value = Self(rawValue: text) else {
            let names = Self.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
            throw .expected("one of \(names)", got: json)
        }
        self = value
    }

    /// Writes the string.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.string(rawValue)
    }
}

extension ProtocolRevision: WireEnumeration {}
