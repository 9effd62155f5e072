extension JSONValue: Codable {
    /// Reads any value; exactly from this module's decoder.
    ///
    /// Other decoders say no more of a number than which types it fits, so `1.0` may come out as `1`, and
    /// digits beyond a `Double` are lost.
    public init(from decoder: any Decoder) throws {
        if let decoder = decoder as? ValueDecoder {
            self = decoder.raw.value()
            return
        }
        if let container = try? decoder.container(keyedBy: PlainKey.self) {  // no object: go on to the next type
            self = .object(
                JSONObject(
                    try container.allKeys.map { ($0.stringValue, try container.decode(JSONValue.self, forKey: $0)) }))
            return
        }
        if var container = try? decoder.unkeyedContainer() {  // no array: go on to the scalars
            var elements: [JSONValue] = []
            while !container.isAtEnd { elements.append(try container.decode(JSONValue.self)) }
            self = .array(elements)
            return
        }
        let container = try decoder.singleValueContainer()
        // A type that does not fit throws, which says to try the next one; the last attempt reports.
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .number(JSONNumber(value))
        } else if let value = try? container.decode(UInt64.self) {
            self = .number(JSONNumber(value))
        } else if let value = try? container.decode(Double.self), let number = JSONNumber(value) {
            self = .number(number)
        } else {
            self = .string(try container.decode(String.self))
        }
    }

    /// Writes the value; exactly through this module's encoder, numbers as the nearest machine number through others.
    public func encode(to encoder: any Encoder) throws {
        if let encoder = encoder as? ValueEncoder { return try encoder.replace { $0.value(self) } }
        switch self {
        case .object(let members):
            var container = encoder.container(keyedBy: PlainKey.self)
            for (name, value) in members { try container.encode(value, forKey: PlainKey(stringValue: name)) }
        case .array(let elements):
            var container = encoder.unkeyedContainer()
            for element in elements { try container.encode(element) }
        case .null:
            var container = encoder.singleValueContainer()
            try container.encodeNil()
        case .bool(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        case .string(let value):
            var container = encoder.singleValueContainer()
            try container.encode(value)
        case .number(let number):
            var container = encoder.singleValueContainer()
            if let value = number.integer(as: Int64.self) {
                try container.encode(value)
            } else if let value = number.integer(as: UInt64.self) {
                try container.encode(value)
            } else {
                try container.encode(number.double)
            }
        }
    }
}

extension JSONObject: Codable {
    /// Reads an object; see ``JSONValue/init(from:)``.
    public init(from decoder: any Decoder) throws {
        guard case .object(let members) = try JSONValue(from: decoder) else {
            throw DecodingError.mismatch(JSONObject.self, "an object", decoder)
        }
        self = members
    }

    /// Writes the object; see ``JSONValue/encode(to:)``.
    public func encode(to encoder: any Encoder) throws { try JSONValue.object(self).encode(to: encoder) }
}

extension JSONNumber: Codable {
    /// Reads a number; see ``JSONValue/init(from:)``.
    public init(from decoder: any Decoder) throws {
        guard case .number(let number) = try JSONValue(from: decoder) else {
            throw DecodingError.mismatch(JSONNumber.self, "a number", decoder)
        }
        self = number
    }

    /// Writes the number; see ``JSONValue/encode(to:)``.
    public func encode(to encoder: any Encoder) throws { try JSONValue.number(self).encode(to: encoder) }
}

extension RawJSON: Codable {
    /// Takes the value's bytes from this module's decoder; from others the value is read and written anew.
    public init(from decoder: any Decoder) throws {
        if let decoder = decoder as? ValueDecoder {
            self = decoder.raw
        } else {
            self.init(try JSONValue(from: decoder))
        }
    }

    /// Puts the bytes into the text as they are; through other encoders, see ``JSONValue/encode(to:)``.
    public func encode(to encoder: any Encoder) throws {
        if let encoder = encoder as? ValueEncoder { return try encoder.replace { $0.raw(self) } }
        try value().encode(to: encoder)
    }
}

extension DecodingError {
    fileprivate static func mismatch(_ type: Any.Type, _ expected: String, _ decoder: any Decoder) -> DecodingError {
        .typeMismatch(
            type,
            Context(
                codingPath: decoder.codingPath, debugDescription: "\(expected) was expected (at \(decoder.codingPath.readable))"))
    }
}
