/// A value that is read as one other value.
struct ScalarDecoding: SingleValueDecodingContainer {
    let decoder: ValueDecoder

    var codingPath: [any CodingKey] { decoder.codingPath }

    func decodeNil() -> Bool { decoder.source.isNull(at: decoder.index) }

    /// The wrapped value reads from the same decoder.
    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        try decoder.source.decode(type, at: decoder.index, parent: decoder, step: .root)
    }
}

extension ScalarDecoding {
    func decode(_ type: Bool.Type) throws -> Bool {
        try decoder.source.bool(type, at: decoder.index, parent: decoder, step: .root)
    }
    func decode(_ type: String.Type) throws -> String {
        try decoder.source.string(type, at: decoder.index, parent: decoder, step: .root)
    }
    func decode(_ type: Double.Type) throws -> Double {
        try decoder.source.double(type, at: decoder.index, parent: decoder, step: .root)
    }
    func decode(_ type: Float.Type) throws -> Float {
        try decoder.source.float(type, at: decoder.index, parent: decoder, step: .root)
    }
    @inline(__always)
    private func integer<T: FixedWidthInteger>() throws -> T {
        try decoder.source.integer(T.self, at: decoder.index, parent: decoder, step: .root)
    }
    func decode(_ type: Int.Type) throws -> Int { try integer() }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
    func decode(_ type: UInt.Type) throws -> UInt { try integer() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }
    func decode(_ type: Int128.Type) throws -> Int128 { try integer() }
    func decode(_ type: UInt128.Type) throws -> UInt128 { try integer() }
}
