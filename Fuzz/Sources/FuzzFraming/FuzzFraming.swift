import Findings
import InterlockTransport

/// A stream cut into chunks anywhere gives the same lines and the same events as in one piece.
///
/// The first byte is the limit of one line, the next one the seed of the cuts.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzFraming(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard count > 2 else { return 0 }
    let input = bytes(start, count)
    let limit = Int(input[0]) + 1
    let stream = Array(input[2...])
    let chunks = cut(stream, seed: input[1])
    compareLines(stream, chunks, limit: limit)
    compareEvents(stream, chunks, limit: limit)
    return 0
}

private func cut(_ stream: [UInt8], seed: UInt8) -> [[UInt8]] {
    var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
    var chunks: [[UInt8]] = []
    var rest = stream[...]
    while !rest.isEmpty {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        let length = Int(state % 17)
        chunks.append(Array(rest.prefix(length)))
        rest = rest.dropFirst(length)
    }
    return chunks
}

private func compareLines(_ stream: [UInt8], _ chunks: [[UInt8]], limit: Int) {
    func lines(_ chunks: [[UInt8]]) -> [LineFramer.Line] {
        var framer = LineFramer(maximumLength: limit)
        var lines: [LineFramer.Line] = []
        for chunk in chunks {
            framer.feed(chunk) { lines.append($0) }
            require(framer.bufferedCount <= limit + 1, "more is kept than the limit allows")
        }
        framer.finish { lines.append($0) }
        return lines
    }
    let whole = lines([stream])
    // How long an oversize line was may count its carriage return or not; that it was one may not depend on the cuts.
    func kind(_ line: LineFramer.Line) -> LineFramer.Line {
        if case .oversize = line { .oversize(length: 0) } else { line }
    }
    require(whole.map(kind) == lines(chunks).map(kind), "the cuts change the lines")
    for case .message(let line) in whole {
        require(!line.isEmpty && line.count <= limit && !line.contains(0x0A), "a line is empty, too long or two lines")
    }
}

private func compareEvents(_ stream: [UInt8], _ chunks: [[UInt8]], limit: Int) {
    func events(_ chunks: [[UInt8]]) -> (events: [EventStreamParser.Event], lastID: String?, isTooLong: Bool) {
        var parser = EventStreamParser(maximumEventBytes: limit)
        var events: [EventStreamParser.Event] = []
        do {
            for chunk in chunks { try parser.feed(chunk) { events.append($0) } }
            return (events, parser.lastEventID, false)
        } catch {
            return (events, parser.lastEventID, true)
        }
    }
    let whole = events([stream])
    let parts = events(chunks)
    require(whole.events == parts.events && whole.isTooLong == parts.isTooLong && whole.lastID == parts.lastID, "the cuts change the events")
    for event in whole.events { require(event.data.count <= limit + 1, "an event is over the limit") }
}
