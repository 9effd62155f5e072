/// A JSON number exactly as it was written: `1`, `1.0` and `10e-1` are three different values.
///
/// Integers that fit in 64 bits stand inline; every other number keeps its text, so integers beyond 2^53
/// and decimals of any length survive a round trip. Use ``isNumericallyEqual(to:)`` and
/// ``numericCompare(_:_:)`` where the number counts rather than its spelling.
public struct JSONNumber: Sendable {
    enum Storage: Sendable, Hashable {
        case integer(Int64)
        /// Anything an `Int64` does not print back the same.
        case text(String)
    }
    let storage: Storage

    init(storage: Storage) { self.storage = storage }

    /// An integer.
    public init(_ value: Int) { storage = .integer(Int64(value)) }

    /// An integer.
    public init(_ value: Int64) { storage = .integer(value) }

    /// An integer, exact up to 2^64 − 1.
    public init(_ value: UInt64) {
        storage = Int64(exactly: value).map(Storage.integer) ?? .text(String(value))
    }

    /// The shortest decimal that reads back as `value`; nil if it is infinite or not a number.
    ///
    /// Integral values keep a fraction: `3.0` becomes `3.0`, not `3`.
    public init?(_ value: Double) {
        guard value.isFinite else { return nil }
        storage = .text(value.description)
    }

    /// The number `text` spells by the grammar of RFC 8259; nil if it spells none.
    ///
    /// No white space is allowed around it, and no leading `+`.
    public init?(_ text: String) {
        var text = text
        let scanned: JSONNumber? = text.withUTF8 { buffer in
            guard let base = buffer.baseAddress, let first = buffer.first,
                first == ASCII.minus || ASCII.isDigit(first)
            else { return nil }
            var scanner = JSONScanner(trusted: buffer)
            guard let token = try? scanner.number(), token.end == buffer.count else { return nil }  // nil is the answer
            return JSONNumber(token, in: base)
        }
        guard let scanned else { return nil }
        self = scanned
    }

    /// The number a scan found.
    init(_ token: NumberToken, in base: UnsafePointer<UInt8>) {
        let bytes = UnsafeBufferPointer(start: base + token.start, count: token.end - token.start)
        if token.isInteger, let value = NumberText.integer(bytes, as: Int64.self), value != 0 || bytes.count == 1 {
            storage = .integer(value)
        } else {
            storage = .text(String(decoding: bytes, as: UTF8.self))  // minus zero comes here, too
        }
    }

    /// The number as it stands in JSON.
    public var text: String {
        switch storage {
        case .integer(let value): String(value)
        case .text(let text): text
        }
    }

    /// The value, if the number is written as an integer and fits; `1.0` and `1e3` give nil.
    public var int: Int? {
        switch storage {
        case .integer(let value): Int(exactly: value)
        case .text(let text): text == "-0" ? 0 : nil
        }
    }

    /// The value, if it is integral however it is written, and fits: 1000 for `1e3`, 1 for `1.0`.
    public var exactInteger: Int? { integer(as: Int.self) }

    /// The nearest `Double`; infinite if the number lies beyond the largest one.
    public var double: Double {
        switch storage {
        case .integer(let value): Double(value)
        case .text(let text): NumberText.double(text)
        }
    }

    /// The value in an integer type, if it is integral and fits.
    func integer<T: FixedWidthInteger>(as type: T.Type) -> T? {
        switch storage {
        case .integer(let value): return T(exactly: value)
        case .text(var text): return text.withUTF8 { NumberText.integral($0, as: type) }
        }
    }
}

extension JSONNumber: Hashable {
    /// Whether both are written the same: `1` and `1.0` are not equal.
    public static func == (a: JSONNumber, b: JSONNumber) -> Bool { a.storage == b.storage }

    /// Feeds the spelling of the number to `hasher`.
    public func hash(into hasher: inout Hasher) { storage.hash(into: &hasher) }
}

extension JSONNumber: CustomStringConvertible {
    /// The number as it stands in JSON.
    public var description: String { text }
}

extension JSONNumber: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral {
    /// An integer.
    public init(integerLiteral value: Int) { self.init(value) }

    /// The shortest decimal that reads back as the literal, which must be finite.
    public init(floatLiteral value: Double) {
        guard let number = JSONNumber(value) else { preconditionFailure("a JSON number must be finite") }
        self = number
    }
}
