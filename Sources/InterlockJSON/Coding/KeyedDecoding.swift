/// The members of an object being read.
struct KeyedDecoding<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let decoder: ValueDecoder

    private var source: DecodingSource { decoder.source }

    var codingPath: [any CodingKey] { decoder.codingPath }

    /// The members this key type knows, each once, in the order of the text.
    var allKeys: [Key] {
        var seen = Set<ExactName>()
        return decoder.memberNames.compactMap { seen.insert(ExactName(text: $0)).inserted ? Key(stringValue: $0) : nil }
    }

    func contains(_ key: Key) -> Bool { decoder.member(key.stringValue) != nil }

    func decodeNil(forKey key: Key) throws -> Bool { source.isNull(at: try place(of: key)) }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        try source.decode(type, at: place(of: key), parent: decoder, step: .key(key))
    }

    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
        try presentPlace(of: key).map { try source.decode(type, at: $0, parent: decoder, step: .key(key)) }
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try child(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try child(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { try child(PlainKey.super) }

    func superDecoder(forKey key: Key) throws -> any Decoder { try child(key) }

    private func child(_ key: some CodingKey) throws -> ValueDecoder {
        ValueDecoder(source: source, index: try place(of: key), parent: decoder, step: .key(key))
    }

    /// Where the member's value stands.
    private func place(of key: some CodingKey) throws -> Int {
        if let place = decoder.member(key.stringValue) { return place }
        let path = decoder.codingPath
        throw DecodingError.keyNotFound(
            key,
            DecodingError.Context(
                codingPath: path, debugDescription: "the member \"\(key.stringValue)\" is missing (at \(path.readable))"))
    }

    /// Where the member's value stands, unless it is null or there is none.
    private func presentPlace(of key: Key) -> Int? {
        guard let place = decoder.member(key.stringValue), !source.isNull(at: place) else { return nil }
        return place
    }
}

extension KeyedDecoding {
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool {
        try source.bool(type, at: place(of: key), parent: decoder, step: .key(key))
    }
    func decode(_ type: String.Type, forKey key: Key) throws -> String {
        try source.string(type, at: place(of: key), parent: decoder, step: .key(key))
    }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double {
        try source.double(type, at: place(of: key), parent: decoder, step: .key(key))
    }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float {
        try source.float(type, at: place(of: key), parent: decoder, step: .key(key))
    }
    @inline(__always)
    private func integer<T: FixedWidthInteger>(_ key: Key) throws -> T {
        try source.integer(T.self, at: place(of: key), parent: decoder, step: .key(key))
    }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try integer(key) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try integer(key) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try integer(key) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try integer(key) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try integer(key) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try integer(key) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try integer(key) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try integer(key) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try integer(key) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try integer(key) }
    func decode(_ type: Int128.Type, forKey key: Key) throws -> Int128 { try integer(key) }
    func decode(_ type: UInt128.Type, forKey key: Key) throws -> UInt128 { try integer(key) }
}

// The protocol's own versions look a name up three times.
extension KeyedDecoding {
    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? {
        try presentPlace(of: key).map { try source.bool(type, at: $0, parent: decoder, step: .key(key)) }
    }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
        try presentPlace(of: key).map { try source.string(type, at: $0, parent: decoder, step: .key(key)) }
    }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? {
        try presentPlace(of: key).map { try source.double(type, at: $0, parent: decoder, step: .key(key)) }
    }
    func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? {
        try presentPlace(of: key).map { try source.float(type, at: $0, parent: decoder, step: .key(key)) }
    }
    @inline(__always)
    private func presentInteger<T: FixedWidthInteger>(_ key: Key) throws -> T? {
        try presentPlace(of: key).map { try source.integer(T.self, at: $0, parent: decoder, step: .key(key)) }
    }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try presentInteger(key) }
    func decodeIfPresent(_ type: Int8.Type, forKey key: Key) throws -> Int8? { try presentInteger(key) }
    func decodeIfPresent(_ type: Int16.Type, forKey key: Key) throws -> Int16? { try presentInteger(key) }
    func decodeIfPresent(_ type: Int32.Type, forKey key: Key) throws -> Int32? { try presentInteger(key) }
    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? { try presentInteger(key) }
    func decodeIfPresent(_ type: UInt.Type, forKey key: Key) throws -> UInt? { try presentInteger(key) }
    func decodeIfPresent(_ type: UInt8.Type, forKey key: Key) throws -> UInt8? { try presentInteger(key) }
    func decodeIfPresent(_ type: UInt16.Type, forKey key: Key) throws -> UInt16? { try presentInteger(key) }
    func decodeIfPresent(_ type: UInt32.Type, forKey key: Key) throws -> UInt32? { try presentInteger(key) }
    func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) throws -> UInt64? { try presentInteger(key) }
    func decodeIfPresent(_ type: Int128.Type, forKey key: Key) throws -> Int128? { try presentInteger(key) }
    func decodeIfPresent(_ type: UInt128.Type, forKey key: Key) throws -> UInt128? { try presentInteger(key) }
}
