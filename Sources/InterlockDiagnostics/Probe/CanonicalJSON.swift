import Crypto
public import InterlockJSON

/// One spelling for equal values: members sorted by UTF-16 code units, no white space, after RFC 8785.
///
/// Integers keep their digits instead of passing through a double, so that large ones stay different; other numbers are spelt the shortest way Swift knows.
public enum CanonicalJSON {
    /// The canonical text of a value.
    public static func text(_ value: JSONValue) -> String { sorted(value).description }

    /// The SHA-256 of the canonical text, in hexadecimal.
    public static func digest(_ value: JSONValue) -> String {
        SHA256.hash(data: Array(text(value).utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func sorted(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let elements): .array(elements.map(sorted))
        case .object(let members):
            .object(JSONObject(members.sorted { $0.key.utf16.lexicographicallyPrecedes($1.key.utf16) }.map { ($0.key, sorted($0.value)) }))
        case .number(let number):
            // 1.0 and 1e0 are the same number; what no Int holds goes by its double.
            .number(number.exactInteger.map { JSONNumber($0) } ?? JSONNumber(number.double) ?? number)
        default: value
        }
    }
}
