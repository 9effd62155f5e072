/// One token of a text on a tape: 16 bytes, so that a text costs one allocation however many values it has.
struct TapeToken {
    enum Kind: UInt8 {
        case null, `true`, `false`, integer, decimal, string, escapedString, array, object
    }

    /// First byte of a value; for a string, of its content.
    var start: UInt32
    /// Past the last byte; for a string, of its content.
    var end: UInt32
    /// Where on the tape the next value begins. While a container is open: where the one around it stands.
    var next: UInt32
    var kind: Kind
}

/// Lays the tokens of a text out in order: a container, then what is in it, a member's name before its value.
struct TapeSink: JSONEventSink {
    private(set) var tape: [TapeToken] = []
    private var open: UInt32 = .max

    init(capacity: Int) { tape.reserveCapacity(capacity) }

    @inline(__always)
    private mutating func add(_ kind: TapeToken.Kind, _ start: Int, _ end: Int) {
        tape.append(
            TapeToken(
                start: UInt32(truncatingIfNeeded: start), end: UInt32(truncatingIfNeeded: end),
                next: UInt32(truncatingIfNeeded: tape.count + 1), kind: kind))
    }

    @inline(__always)
    private mutating func begin(_ kind: TapeToken.Kind, _ start: Int) {
        let place = UInt32(truncatingIfNeeded: tape.count)
        add(kind, start, start)
        tape[Int(place)].next = open
        open = place
    }

    @inline(__always)
    private mutating func close(_ end: Int) {
        let place = Int(open)
        open = tape[place].next
        tape[place].next = UInt32(truncatingIfNeeded: tape.count)
        tape[place].end = UInt32(truncatingIfNeeded: end)
    }

    @inline(__always)
    mutating func literal(_ literal: JSONLiteral, start: Int) {
        switch literal {
        case .null: add(.null, start, start + 4)
        case .true: add(.true, start, start + 4)
        case .false: add(.false, start, start + 5)
        }
    }

    @inline(__always)
    mutating func number(_ token: NumberToken) { add(token.isInteger ? .integer : .decimal, token.start, token.end) }
    @inline(__always)
    mutating func string(_ token: StringToken) { add(token.isEscaped ? .escapedString : .string, token.start, token.end) }
    @inline(__always)
    mutating func name(_ token: StringToken) { string(token) }
    @inline(__always)
    mutating func beginArray(at start: Int) { begin(.array, start) }
    @inline(__always)
    mutating func endArray(at end: Int) { close(end) }
    @inline(__always)
    mutating func beginObject(at start: Int) { begin(.object, start) }
    @inline(__always)
    mutating func endObject(at end: Int) { close(end) }
}
