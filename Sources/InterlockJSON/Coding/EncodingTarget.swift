/// Where values are written while an `Encodable` type describes itself.
///
/// A value goes straight into the text. Only containers whose time is the caller's choice, nested ones and
/// super encoders, are written apart and put in their places at the end, so that any order of calls is right.
final class EncodingTarget {
    var writer: JSONWriter
    private var deferred: [(place: Int, encoder: ValueEncoder)] = []

    init(_ writer: JSONWriter) { self.writer = writer }

    /// Writes one value as the element that comes next.
    func encode<T: Encodable>(_ value: T, parent: ValueEncoder?, step: CodingStep) throws {
        if try encodeDirectly(value, parent: parent, step: step) { return }
        let encoder = ValueEncoder(target: self, parent: parent, step: step)
        try value.encode(to: encoder)
        if parent == nil, encoder.isEmpty {
            throw EncodingError.invalidValue(
                value, EncodingError.Context(codingPath: [], debugDescription: "\(T.self) did not encode any value"))
        }
        try encoder.finish()
    }

    /// Writes the types that need no encoder of their own; false if `value` is of another one.
    ///
    /// The casts are between one type and itself: the metatypes were compared, which a cast would do slowly.
    @inline(__always)
    func encodeDirectly<T: Encodable>(_ value: T, parent: ValueEncoder?, step: CodingStep) throws -> Bool {
        if T.self == String.self {
            writer.string(unsafeBitCast(value, to: String.self))
        } else if T.self == Int.self {
            writer.int(unsafeBitCast(value, to: Int.self))
        } else if T.self == Double.self {
            try encode(unsafeBitCast(value, to: Double.self), parent: parent, step: step)
        } else if T.self == Bool.self {
            writer.bool(unsafeBitCast(value, to: Bool.self))
        } else if let text = FoundationValues.text(of: value) {
            writer.string(text)
        } else {
            return false
        }
        return true
    }

    func encode(_ value: Double, parent: ValueEncoder?, step: CodingStep) throws {
        do throws(JSONError) {
            try writer.double(value)
        } catch {
            throw notFinite(value, error, parent: parent, step: step)
        }
    }

    /// Writes the shortest decimal that reads back as the `Float`, not that of the `Double` beside it.
    func encode(_ value: Float, parent: ValueEncoder?, step: CodingStep) throws {
        guard value.isFinite else { return try encode(Double(value), parent: parent, step: step) }
        writer.plain(value.description)
    }

    private func notFinite(_ value: Double, _ error: JSONError, parent: ValueEncoder?, step: CodingStep) -> EncodingError {
        let path = ValueEncoder(target: self, parent: parent, step: step).codingPath
        return .invalidValue(
            value,
            EncodingError.Context(
                codingPath: path, debugDescription: "\(error.message) (at \(path.readable))", underlyingError: error))
    }

    /// An encoder that writes apart, into the place of the value that comes next.
    func deferredEncoder(parent: ValueEncoder, step: CodingStep) -> ValueEncoder {
        let place = writer.placeholder()
        let encoder = ValueEncoder(target: EncodingTarget(JSONWriter(reservingCapacity: 64)), parent: parent, step: step)
        deferred.append((place, encoder))
        return encoder
    }

    /// Puts what was written apart where it belongs.
    func fillPlaceholders() throws {
        if deferred.isEmpty { return }
        writer.fill(
            try deferred.map { place, encoder in
                try encoder.finish()
                try encoder.target.fillPlaceholders()
                return (place, encoder.target.writer.bytes)
            })
        deferred = []
    }
}
