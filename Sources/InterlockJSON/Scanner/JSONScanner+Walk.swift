extension JSONScanner {
    /// Reads one value with everything in it and reports it to `sink`, without recursion.
    ///
    /// - Parameter depth: how many containers are open around the value already.
    mutating func walk<Sink: JSONEventSink>(into sink: inout Sink, depth: Int = 0) throws(ScanFailure) {
        var nesting = ContainerStack()
        value: while true {
            let first = try peek()
            switch first {
            case ASCII.quote:
                sink.string(try string())
            case ASCII.openBrace:
                guard depth + nesting.depth < maximumDepth else { throw failure(.depth) }
                sink.beginObject(at: position)
                position += 1
                if try !take(ASCII.closeBrace) {
                    nesting.push(isObject: true)
                    sink.name(try memberName())
                    continue value
                }
                sink.endObject(at: position)
            case ASCII.openBracket:
                guard depth + nesting.depth < maximumDepth else { throw failure(.depth) }
                sink.beginArray(at: position)
                position += 1
                if try !take(ASCII.closeBracket) {
                    nesting.push(isObject: false)
                    continue value
                }
                sink.endArray(at: position)
            case ASCII.minus, ASCII.zero...ASCII.nine:
                sink.number(try number())
            case 0x74, 0x66, 0x6E:  // t f n
                let start = position
                sink.literal(try literal(), start: start)
            default:
                throw failure(.unexpectedByte)
            }
            // A value is complete: close what it completes, or go on to the next one.
            while nesting.depth > 0 {
                let byte = try peek()
                if byte == ASCII.comma {
                    position += 1
                    if nesting.isObject { sink.name(try memberName()) }
                    continue value
                }
                if nesting.isObject {
                    guard byte == ASCII.closeBrace else { throw failure(.expectedCommaOrEnd) }
                    position += 1
                    sink.endObject(at: position)
                } else {
                    guard byte == ASCII.closeBracket else { throw failure(.expectedCommaOrEnd) }
                    position += 1
                    sink.endArray(at: position)
                }
                nesting.pop()
            }
            return
        }
    }

    /// Reads one value and keeps nothing of it.
    @inline(__always)
    mutating func skipValue(depth: Int = 0) throws(ScanFailure) {
        var sink = ValidationSink()
        try walk(into: &sink, depth: depth)
    }
}

/// Which of the open containers are objects: a bit each, the innermost lowest.
struct ContainerStack {
    private(set) var depth = 0
    private var bits: UInt64 = 0
    /// Full words of the outer containers; empty, and so not allocated, up to 64 levels.
    private var outer: [UInt64] = []

    @inline(__always)
    var isObject: Bool { bits & 1 == 1 }

    @inline(__always)
    mutating func push(isObject: Bool) {
        if depth & 63 == 0, depth > 0 {
            outer.append(bits)
            bits = 0
        }
        bits = bits << 1 | (isObject ? 1 : 0)
        depth &+= 1
    }

    @inline(__always)
    mutating func pop() {
        depth &-= 1
        if depth & 63 == 0, depth > 0 {
            bits = outer.removeLast()
        } else {
            bits >>= 1
        }
    }
}
