/// `Codable` types to and from JSON bytes, by the scanner and writer of this module.
///
/// The shapes are those `Codable` synthesis and Foundation's JSON coders give: optional members that are nil
/// are left out, dictionaries with string, integer or `CodingKeyRepresentable` keys are objects, enumerations
/// with associated values are objects of one member. `Data` is a base64 string, `URL` a string, `Date` an
/// ISO 8601 string in UTC. ``RawJSON`` and ``JSONValue`` inside other types pass exactly.
public enum JSONCoding {
    /// Writes `value` as one JSON text, without white space.
    ///
    /// Members stand in the order the type writes them. A `Dictionary` writes in no particular one; where the
    /// order must not change from run to run, encode to a ``RawJSON`` and take ``JSONValue/sortedByKey``.
    /// - Throws: `EncodingError` for numbers that are not finite; or what `value` throws.
    public static func encode(_ value: some Encodable) throws -> [UInt8] {
        var writer = JSONWriter()
        try encode(value, into: &writer)
        return writer.finish()
    }

    /// Reads the one value `bytes` hold as `type`, validating every byte. ``RawJSON/decode(_:)`` has the rules for numbers.
    /// - Throws: ``JSONError`` if the bytes are not JSON or exceed `limits`; `DecodingError`, whose description
    ///   names the path, if the value is not one of `type`; or what `type` throws.
    public static func decode<T: Decodable>(
        _ type: T.Type = T.self, from bytes: [UInt8], limits: JSONLimits = .default
    ) throws -> T {
        try decode(type, from: DecodingSource(validating: bytes[...], limits: limits))
    }

    static func decode<T: Decodable>(_ type: T.Type, from value: RawJSON) throws -> T {
        try decode(type, from: DecodingSource(trusted: value.bytes))
    }

    private static func decode<T: Decodable>(_ type: T.Type, from source: DecodingSource) throws -> T {
        try source.decode(type, at: 0, parent: nil, step: .root)
    }

    /// Writes `value` after what `writer` holds; on failure leaves the writer as it was.
    static func encode<T: Encodable>(_ value: T, into writer: inout JSONWriter) throws {
        let mark = writer.mark
        let target = EncodingTarget(writer)
        writer = JSONWriter(reservingCapacity: 0)  // one owner at a time, so that the bytes are not copied
        defer { swap(&writer, &target.writer) }
        do {
            try target.encode(value, parent: nil, step: .root)
            try target.fillPlaceholders()
        } catch {
            target.writer.rollBack(to: mark)
            throw error
        }
    }
}
