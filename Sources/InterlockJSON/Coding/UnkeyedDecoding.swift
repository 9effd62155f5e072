/// The elements of an array being read.
struct UnkeyedDecoding: UnkeyedDecodingContainer {
    private let decoder: ValueDecoder
    private let elementCount: Int
    /// Where the next element stands.
    private var place: Int
    private(set) var currentIndex = 0

    init(_ decoder: ValueDecoder) {
        self.decoder = decoder
        place = decoder.index + 1
        elementCount = decoder.source.elementCount(at: decoder.index)
    }

    private var source: DecodingSource { decoder.source }

    var codingPath: [any CodingKey] { decoder.codingPath }
    var count: Int? { elementCount }
    var isAtEnd: Bool { currentIndex == elementCount }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd else { throw exhausted(Never?.self) }
        guard source.isNull(at: place) else { return false }
        advance()
        return true
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        try next(type) { try $0.source.decode(type, at: $1, parent: $0, step: $2) }
    }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try next(KeyedDecodingContainer<NestedKey>.self) { try Self.child($0, $1, $2).container(keyedBy: type) }
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try next((any UnkeyedDecodingContainer).self) { try Self.child($0, $1, $2).unkeyedContainer() }
    }

    mutating func superDecoder() throws -> any Decoder { try next((any Decoder).self) { Self.child($0, $1, $2) } }

    private static func child(_ decoder: ValueDecoder, _ place: Int, _ step: CodingStep) -> ValueDecoder {
        ValueDecoder(source: decoder.source, index: place, parent: decoder, step: step)
    }

    /// Reads the next element; one that cannot be read stays the next one.
    @inline(__always)
    private mutating func next<T>(_ type: Any.Type, _ read: (ValueDecoder, Int, CodingStep) throws -> T) throws -> T {
        guard !isAtEnd else { throw exhausted(type) }
        let value = try read(decoder, place, .index(currentIndex))
        advance()
        return value
    }

    private mutating func advance() {
        place = source.next(after: place)
        currentIndex += 1
    }

    private func exhausted(_ type: Any.Type) -> DecodingError {
        let path = decoder.codingPath
        return .valueNotFound(
            type,
            DecodingError.Context(
                codingPath: path, debugDescription: "the array has only \(elementCount) elements (at \(path.readable))"))
    }
}

extension UnkeyedDecoding {
    mutating func decode(_ type: Bool.Type) throws -> Bool {
        try next(type) { try $0.source.bool(type, at: $1, parent: $0, step: $2) }
    }
    mutating func decode(_ type: String.Type) throws -> String {
        try next(type) { try $0.source.string(type, at: $1, parent: $0, step: $2) }
    }
    mutating func decode(_ type: Double.Type) throws -> Double {
        try next(type) { try $0.source.double(type, at: $1, parent: $0, step: $2) }
    }
    mutating func decode(_ type: Float.Type) throws -> Float {
        try next(type) { try $0.source.float(type, at: $1, parent: $0, step: $2) }
    }
    @inline(__always)
    private mutating func integer<T: FixedWidthInteger>() throws -> T {
        try next(T.self) { try $0.source.integer(T.self, at: $1, parent: $0, step: $2) }
    }
    mutating func decode(_ type: Int.Type) throws -> Int { try integer() }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try integer() }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }
    mutating func decode(_ type: Int128.Type) throws -> Int128 { try integer() }
    mutating func decode(_ type: UInt128.Type) throws -> UInt128 { try integer() }
}
