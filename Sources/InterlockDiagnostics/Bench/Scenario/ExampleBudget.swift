import InterlockJSON

/// How much may be made of one schema. Arrays and references within each other multiply, and so does a default that is long: a server's schema must not decide
/// how much memory is taken here.
struct ExampleBudget {
    private var values = 2_000
    private var bytes = 1 << 20

    /// Takes one value; false when there is none left.
    mutating func takeValue() -> Bool {
        guard values > 0, bytes > 0 else { return false }
        values -= 1
        return true
    }

    /// Takes the bytes of a value that is used as it is; `nil` when there are not as many left.
    mutating func take(_ value: JSONValue) -> JSONValue? {
        bytes -= value.string?.utf8.count ?? RawJSON(value).bytes.count
        return bytes >= 0 ? value : nil
    }
}
