/// The elements of an array being written.
struct UnkeyedEncoding: UnkeyedEncodingContainer {
    let encoder: ValueEncoder

    var codingPath: [any CodingKey] { encoder.codingPath }
    var count: Int { encoder.count }

    @inline(__always)
    private func advance() throws {
        try encoder.requireOpen()
        encoder.count += 1
    }

    mutating func encodeNil() throws {
        try advance()
        encoder.target.writer.null()
    }

    mutating func encode<T: Encodable>(_ value: T) throws {
        try advance()
        try encoder.target.encode(value, parent: encoder, step: .index(encoder.count - 1))
    }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy keyType: NestedKey.Type
    ) -> KeyedEncodingContainer<NestedKey> {
        apart().container(keyedBy: keyType)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { apart().unkeyedContainer() }

    mutating func superEncoder() -> any Encoder { apart() }

    private func apart() -> ValueEncoder {
        encoder.count += 1
        return encoder.target.deferredEncoder(parent: encoder, step: .index(encoder.count - 1))
    }
}

extension UnkeyedEncoding {
    mutating func encode(_ value: Bool) throws {
        try advance()
        encoder.target.writer.bool(value)
    }

    mutating func encode(_ value: String) throws {
        try advance()
        encoder.target.writer.string(value)
    }

    mutating func encode(_ value: Double) throws {
        try advance()
        try encoder.target.encode(value, parent: encoder, step: .index(encoder.count - 1))
    }

    mutating func encode(_ value: Float) throws {
        try advance()
        try encoder.target.encode(value, parent: encoder, step: .index(encoder.count - 1))
    }

    mutating func encode(_ value: Int) throws {
        try advance()
        encoder.target.writer.int64(Int64(value))
    }

    mutating func encode(_ value: Int8) throws {
        try advance()
        encoder.target.writer.int64(Int64(value))
    }

    mutating func encode(_ value: Int16) throws {
        try advance()
        encoder.target.writer.int64(Int64(value))
    }

    mutating func encode(_ value: Int32) throws {
        try advance()
        encoder.target.writer.int64(Int64(value))
    }

    mutating func encode(_ value: Int64) throws {
        try advance()
        encoder.target.writer.int64(value)
    }

    mutating func encode(_ value: UInt) throws {
        try advance()
        encoder.target.writer.uint64(UInt64(value))
    }

    mutating func encode(_ value: UInt8) throws {
        try advance()
        encoder.target.writer.uint64(UInt64(value))
    }

    mutating func encode(_ value: UInt16) throws {
        try advance()
        encoder.target.writer.uint64(UInt64(value))
    }

    mutating func encode(_ value: UInt32) throws {
        try advance()
        encoder.target.writer.uint64(UInt64(value))
    }

    mutating func encode(_ value: UInt64) throws {
        try advance()
        encoder.target.writer.uint64(value)
    }

    mutating func encode(_ value: Int128) throws {
        try advance()
        encoder.target.writer.plain(value.description)
    }

    mutating func encode(_ value: UInt128) throws {
        try advance()
        encoder.target.writer.plain(value.description)
    }
}
