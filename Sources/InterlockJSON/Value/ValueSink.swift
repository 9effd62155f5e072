/// Builds a ``JSONValue`` from the events of a walk, with a stack of its own instead of recursion.
struct ValueSink: JSONEventSink {
    private enum Container {
        case array([JSONValue])
        case object(JSONObject)
    }
    private struct Frame {
        var container: Container
        /// The name whose value comes next, in an object.
        var name = ""

        /// Adds in place: the container leaves the frame while it changes, so that it is not copied.
        mutating func add(_ value: JSONValue) {
            switch container {
            case .array(var elements):
                container = .array([])
                elements.append(value)
                container = .array(elements)
            case .object(var members):
                container = .object(JSONObject())
                members[name] = value
                container = .object(members)
            }
        }
    }

    private let base: UnsafePointer<UInt8>
    private var frames: [Frame] = []
    private(set) var result: JSONValue = .null

    init(base: UnsafePointer<UInt8>) { self.base = base }

    /// Reads a whole text.
    static func parse(_ buffer: UnsafeBufferPointer<UInt8>, limits: JSONLimits) -> Result<JSONValue, JSONError> {
        do throws(ScanFailure) {
            var scanner = try JSONScanner(buffer, limits: limits)
            var sink = ValueSink(base: scanner.base)
            try scanner.walk(into: &sink)
            try scanner.finish()
            return .success(sink.result)
        } catch {
            return .failure(error.described(limits: limits))
        }
    }

    /// Reads a value that was validated before.
    static func parse(trusted buffer: UnsafeBufferPointer<UInt8>) -> JSONValue {
        var scanner = JSONScanner(trusted: buffer)
        var sink = ValueSink(base: scanner.base)
        do throws(ScanFailure) {
            try scanner.walk(into: &sink)
        } catch {
            preconditionFailure("bytes that were validated are malformed at \(error.offset)")
        }
        return sink.result
    }

    private mutating func add(_ value: JSONValue) {
        guard let last = frames.indices.last else {
            result = value
            return
        }
        frames[last].add(value)
    }

    mutating func literal(_ literal: JSONLiteral, start: Int) {
        switch literal {
        case .null: add(.null)
        case .true: add(.bool(true))
        case .false: add(.bool(false))
        }
    }

    mutating func number(_ token: NumberToken) { add(.number(JSONNumber(token, in: base))) }
    mutating func string(_ token: StringToken) { add(.string(StringBytes.text(token, in: base))) }
    mutating func beginArray(at start: Int) { frames.append(Frame(container: .array([]))) }
    mutating func beginObject(at start: Int) { frames.append(Frame(container: .object(JSONObject()))) }
    mutating func endArray(at end: Int) { close() }
    mutating func endObject(at end: Int) { close() }
    mutating func name(_ token: StringToken) { frames[frames.count - 1].name = StringBytes.text(token, in: base) }

    private mutating func close() {
        switch frames.removeLast().container {
        case .array(let elements): add(.array(elements))
        case .object(let members): add(.object(members))
        }
    }
}
