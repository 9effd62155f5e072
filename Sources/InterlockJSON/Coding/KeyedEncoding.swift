/// The members of an object being written.
struct KeyedEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let encoder: ValueEncoder

    var codingPath: [any CodingKey] { encoder.codingPath }

    @inline(__always)
    private func name(_ key: some CodingKey) throws {
        try encoder.requireOpen()
        encoder.target.writer.key(key.stringValue)
    }

    mutating func encodeNil(forKey key: Key) throws {
        try name(key)
        encoder.target.writer.null()
    }

    mutating func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        try name(key)
        try encoder.target.encode(value, parent: encoder, step: .key(key))
    }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy keyType: NestedKey.Type, forKey key: Key
    ) -> KeyedEncodingContainer<NestedKey> {
        apart(key).container(keyedBy: keyType)
    }

    mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { apart(key).unkeyedContainer() }

    mutating func superEncoder() -> any Encoder { apart(PlainKey.super) }

    mutating func superEncoder(forKey key: Key) -> any Encoder { apart(key) }

    private func apart(_ key: some CodingKey) -> ValueEncoder {
        encoder.target.writer.key(key.stringValue)
        return encoder.target.deferredEncoder(parent: encoder, step: .key(key))
    }
}

extension KeyedEncoding {
    mutating func encode(_ value: Bool, forKey key: Key) throws {
        try name(key)
        encoder.target.writer.bool(value)
    }

    mutating func encode(_ value: String, forKey key: Key) throws {
        try name(key)
        encoder.target.writer.string(value)
    }

    mutating func encode(_ value: Double, forKey key: Key) throws {
        try name(key)
        try encoder.target.encode(value, parent: encoder, step: .key(key))
    }

    mutating func encode(_ value: Float, forKey key: Key) throws {
        try name(key)
        try encoder.target.encode(value, parent: encoder, step: .key(key))
    }

    mutating func encode(_ value: Int, forKey key: Key) throws {
        try name(key)
        encoder.target.writer.int64(Int64(value))
    }

    mutating func encode(_ value: Int8, forKey key: Key) throws {
        try name(key)
        encoder.target.writer.int64(Int64(value))
    }

    mutating func encode(_ value: Int16, forKey key: Key) throws {
        try name(key)
        encoder.target.writer.int64(Int64(value))
    }

    mutating func encode(_ value: Int32, forKey key: Key) throws {
        try name(key)
        encoder.target.writer.int64(Int64(value))
    }

    mutating func encode(_ value: Int64, forKey key: Key) throws {
        try name(key)
        encoder.target.writer.int64(value)
    }

    mutating func encode(_ value: UInt, forKey key: Key) throws {
        try name(key)
        encoder.target.writer.uint64(UInt64(value))
    }

    mutating func encode(_ value: UInt8, forKey key: Key) throws {
        try name(key)
        encoder.target.writer.uint64(UInt64(value))
    }

    mutating func encode(_ value: UInt16, forKey key: Key) throws {
        try name(key)
        encoder.target.writer.uint64(UInt64(value))
    }

    mutating func encode(_ value: UInt32, forKey key: Key) throws {
        try name(key)
        encoder.target.writer.uint64(UInt64(value))
    }

    mutating func encode(_ value: UInt64, forKey key: Key) throws {
        try name(key)
        encoder.target.writer.uint64(value)
    }

    mutating func encode(_ value: Int128, forKey key: Key) throws {
        try name(key)
        encoder.target.writer.plain(value.description)
    }

    mutating func encode(_ value: UInt128, forKey key: Key) throws {
        try name(key)
        encoder.target.writer.plain(value.description)
    }
}
