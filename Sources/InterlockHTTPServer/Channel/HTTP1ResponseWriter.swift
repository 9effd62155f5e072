import NIOCore

/// Turns response heads into HTTP/1.1 bytes.
enum HTTP1ResponseWriter {
    /// How the body is delimited.
    enum Framing: Equatable {
        case length(Int), chunked, untilClose
        /// Neither body nor length: 204.
        case none
    }

    /// What `Connection` says.
    enum Persistence {
        case keep, close
        /// HTTP/1.0 has to be told.
        case keepExplicitly
    }

    static func write(
        _ head: ResponseHead, _ framing: Framing, _ persistence: Persistence, _ prefixes: ResponsePrefixes,
        into buffer: inout ByteBuffer
    ) {
        if head.status == 200, head.content == .json, case .length(let length) = framing {
            buffer.writeBytes(prefixes.json)
            writeDecimal(length, into: &buffer)
            buffer.writeStaticString("\r\n")
        } else {
            writeStatus(head.status, into: &buffer)
            buffer.writeBytes(prefixes.date)
            writeContent(head.content, into: &buffer)
            switch framing {
            case .length(let length):
                buffer.writeStaticString("content-length: ")
                writeDecimal(length, into: &buffer)
                buffer.writeStaticString("\r\n")
            case .chunked: buffer.writeStaticString("transfer-encoding: chunked\r\n")
            case .untilClose, .none: break
            }
        }
        for (name, value) in head.fields { writeField(name, value, into: &buffer) }
        if let origin = head.crossOrigin {
            for (name, value) in CrossOriginFields.answer(to: origin) { writeField(name, value, into: &buffer) }
        }
        switch persistence {
        case .keep: buffer.writeBytes(prefixes.keepAlive)
        case .close: buffer.writeStaticString("connection: close\r\n")
        case .keepExplicitly where prefixes.keepAlive.isEmpty: buffer.writeStaticString("connection: keep-alive\r\n")
        case .keepExplicitly: buffer.writeBytes(prefixes.keepAlive)
        }
        buffer.writeStaticString("\r\n")
    }

    /// Digits straight into the buffer: on the path of every response.
    static func writeDecimal(_ number: Int, into buffer: inout ByteBuffer) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var rest = number
            var index = 20
            repeat {
                index -= 1
                digits[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            buffer.writeBytes(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(digits)[index..<20]))
        }
    }

    private static func writeContent(_ content: ResponseHead.Content, into buffer: inout ByteBuffer) {
        switch content {
        case .json: buffer.writeStaticString("content-type: application/json\r\n")
        case .events: buffer.writeStaticString("content-type: text/event-stream\r\ncache-control: no-cache\r\nx-accel-buffering: no\r\n")
        case .other: break
        }
    }

    /// A field with a line break in it would become two fields, or a body: it is left out.
    private static func writeField(_ name: String, _ value: String, into buffer: inout ByteBuffer) {
        guard name.isSafeFieldValue, value.isSafeFieldValue else { return }
        buffer.writeString(name)
        buffer.writeStaticString(": ")
        buffer.writeString(value)
        buffer.writeStaticString("\r\n")
    }

    private static func writeStatus(_ status: Int, into buffer: inout ByteBuffer) {
        buffer.writeStaticString("HTTP/1.1 ")
        buffer.writeStaticString(line(status) ?? "")
        if line(status) == nil { buffer.writeString("\(status) ") }
        buffer.writeStaticString("\r\n")
    }

    private static func line(_ status: Int) -> StaticString? {
        switch status {
        case 200: "200 OK"
        case 202: "202 Accepted"
        case 204: "204 No Content"
        case 400: "400 Bad Request"
        case 401: "401 Unauthorized"
        case 403: "403 Forbidden"
        case 404: "404 Not Found"
        case 405: "405 Method Not Allowed"
        case 406: "406 Not Acceptable"
        case 408: "408 Request Timeout"
        case 409: "409 Conflict"
        case 413: "413 Content Too Large"
        case 415: "415 Unsupported Media Type"
        case 429: "429 Too Many Requests"
        case 431: "431 Request Header Fields Too Large"
        case 500: "500 Internal Server Error"
        case 501: "501 Not Implemented"
        case 503: "503 Service Unavailable"
        default: nil
        }
    }
}
