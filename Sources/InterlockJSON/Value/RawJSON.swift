/// One validated JSON value kept as the bytes it arrived in.
///
/// A slice shares the storage of the text it was cut from, and keeps that text alive. Equality and hashing
/// go by bytes: `1` and `1.0` differ, and so do two objects that differ in white space alone.
public struct RawJSON: Sendable, Hashable {
    /// The value's bytes, without white space around them. Their indices are those of the text.
    public let bytes: ArraySlice<UInt8>

    /// Validates that `bytes` hold one JSON value, with white space around it or not.
    public init(_ bytes: ArraySlice<UInt8>, limits: JSONLimits = .default) throws(JSONError) {
        let scanned: Result<Range<Int>, JSONError> = bytes.withUnsafeBufferPointer { buffer in
            do throws(ScanFailure) {
                var scanner = try JSONScanner(buffer, limits: limits)
                scanner.skipWhitespace()
                let start = scanner.position
                try scanner.skipValue()
                let end = scanner.position
                try scanner.finish()
                return .success(start..<end)
            } catch {
                return .failure(error.described(limits: limits))
            }
        }
        let range = try scanned.get()
        self.bytes = bytes[bytes.startIndex + range.lowerBound..<bytes.startIndex + range.upperBound]
    }

    /// Validates that `bytes` hold one JSON value, with white space around it or not.
    public init(_ bytes: [UInt8], limits: JSONLimits = .default) throws(JSONError) {
        try self.init(bytes[...], limits: limits)
    }

    /// Validates that `text` holds one JSON value, with white space around it or not.
    public init(parsing text: String, limits: JSONLimits = .default) throws(JSONError) {
        try self.init(Array(text.utf8)[...], limits: limits)
    }

    /// Takes bytes that a scan found to be one value, or that this module wrote, without looking again.
    package init(unchecked bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    /// Writes `value` without white space.
    public init(_ value: JSONValue) {
        var writer = JSONWriter()
        writer.value(value)
        self.init(unchecked: writer.bytes[...])
    }

    /// Writes `value` by its `Encodable` conformance, as ``JSONCoding/encode(_:)`` does.
    public init(encoding value: some Encodable) throws {
        self.init(unchecked: try JSONCoding.encode(value)[...])
    }

    /// The JSON value `null`.
    public static let null = RawJSON(.null)
    /// The JSON value `{}`.
    public static let emptyObject = RawJSON(.object([:]))
    /// The JSON value `[]`.
    public static let emptyArray = RawJSON(.array([]))

    /// The type of the value.
    public var kind: JSONKind { JSONKind(firstByte: bytes[bytes.startIndex]) }

    /// The value as a tree. Cannot fail: the bytes were validated.
    public func value() -> JSONValue { bytes.withUnsafeBufferPointer { ValueSink.parse(trusted: $0) } }

    /// Reads the value as `type`, by this module's decoder.
    ///
    /// Numbers: integral text such as `3` reads as a `Double`, and `3.0` or `3e2` as an integer, because
    /// JSON does not tell them apart; `3.5` does not, and neither does a number the type has no room for.
    /// - Throws: `DecodingError`, whose description names the path; or what `type` throws.
    public func decode<T: Decodable>(_ type: T.Type = T.self) throws -> T {
        try JSONCoding.decode(type, from: self)
    }
}

extension RawJSON {
    /// Whether both are the same bytes.
    public static func == (a: RawJSON, b: RawJSON) -> Bool {
        guard a.bytes.count == b.bytes.count else { return false }
        return a.bytes.withUnsafeBytes { a in
            b.bytes.withUnsafeBytes { b in
                guard let left = a.baseAddress, let right = b.baseAddress else { return true }
                return ByteComparison.equal(left, right, count: a.count)
            }
        }
    }

    /// Feeds the bytes to `hasher` at once.
    public func hash(into hasher: inout Hasher) {
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}

extension RawJSON: CustomStringConvertible {
    /// The JSON text.
    public var description: String { String(decoding: bytes, as: UTF8.self) }
}
