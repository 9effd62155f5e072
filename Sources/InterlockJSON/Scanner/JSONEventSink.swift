/// What a walk over one JSON value reports, in the order of the text.
///
/// Offsets count from the start of the scanned buffer. A sink never sees malformed input: the walk
/// checks a token before it reports it, and stops at the first failure.
protocol JSONEventSink {
    mutating func literal(_ literal: JSONLiteral, start: Int)
    mutating func number(_ token: NumberToken)
    mutating func string(_ token: StringToken)
    mutating func beginArray(at start: Int)
    mutating func endArray(at end: Int)
    mutating func beginObject(at start: Int)
    mutating func name(_ token: StringToken)
    mutating func endObject(at end: Int)
}

/// A sink that keeps nothing: walking into it is validation.
struct ValidationSink: JSONEventSink {
    @inline(__always) func literal(_ literal: JSONLiteral, start: Int) {}
    @inline(__always) func number(_ token: NumberToken) {}
    @inline(__always) func string(_ token: StringToken) {}
    @inline(__always) func beginArray(at start: Int) {}
    @inline(__always) func endArray(at end: Int) {}
    @inline(__always) func beginObject(at start: Int) {}
    @inline(__always) func name(_ token: StringToken) {}
    @inline(__always) func endObject(at end: Int) {}
}
