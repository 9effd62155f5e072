/// Where a string's content stands, without its quotes.
struct StringToken {
    var start: Int
    var end: Int
    /// Whether the content has escapes, so that its bytes are not yet its text.
    var isEscaped: Bool
}

/// Where a number stands.
struct NumberToken {
    var start: Int
    var end: Int
    /// Whether it is written with digits alone: no fraction, no exponent.
    var isInteger: Bool
}

/// The three words of JSON.
enum JSONLiteral {
    case null, `true`, `false`
}
