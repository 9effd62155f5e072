/// A value that is written as one other value.
struct ScalarEncoding: SingleValueEncodingContainer {
    let encoder: ValueEncoder

    var codingPath: [any CodingKey] { encoder.codingPath }

    func encodeNil() throws {
        try encoder.beginScalar()
        encoder.target.writer.null()
    }

    /// The wrapped value describes itself to the same encoder, and may be of any shape.
    func encode<T: Encodable>(_ value: T) throws {
        if let text = FoundationValues.text(of: value) { return try encode(text) }
        try value.encode(to: encoder)
    }
}

extension ScalarEncoding {
    func encode(_ value: Bool) throws {
        try encoder.beginScalar()
        encoder.target.writer.bool(value)
    }

    func encode(_ value: String) throws {
        try encoder.beginScalar()
        encoder.target.writer.string(value)
    }

    func encode(_ value: Double) throws {
        try encoder.beginScalar()
        try encoder.target.encode(value, parent: encoder, step: .root)
    }

    func encode(_ value: Float) throws {
        try encoder.beginScalar()
        try encoder.target.encode(value, parent: encoder, step: .root)
    }

    func encode(_ value: Int) throws {
        try encoder.beginScalar()
        encoder.target.writer.int64(Int64(value))
    }

    func encode(_ value: Int8) throws {
        try encoder.beginScalar()
        encoder.target.writer.int64(Int64(value))
    }

    func encode(_ value: Int16) throws {
        try encoder.beginScalar()
        encoder.target.writer.int64(Int64(value))
    }

    func encode(_ value: Int32) throws {
        try encoder.beginScalar()
        encoder.target.writer.int64(Int64(value))
    }

    func encode(_ value: Int64) throws {
        try encoder.beginScalar()
        encoder.target.writer.int64(value)
    }

    func encode(_ value: UInt) throws {
        try encoder.beginScalar()
        encoder.target.writer.uint64(UInt64(value))
    }

    func encode(_ value: UInt8) throws {
        try encoder.beginScalar()
        encoder.target.writer.uint64(UInt64(value))
    }

    func encode(_ value: UInt16) throws {
        try encoder.beginScalar()
        encoder.target.writer.uint64(UInt64(value))
    }

    func encode(_ value: UInt32) throws {
        try encoder.beginScalar()
        encoder.target.writer.uint64(UInt64(value))
    }

    func encode(_ value: UInt64) throws {
        try encoder.beginScalar()
        encoder.target.writer.uint64(value)
    }

    func encode(_ value: Int128) throws {
        try encoder.beginScalar()
        encoder.target.writer.plain(value.description)
    }

    func encode(_ value: UInt128) throws {
        try encoder.beginScalar()
        encoder.target.writer.plain(value.description)
    }
}
