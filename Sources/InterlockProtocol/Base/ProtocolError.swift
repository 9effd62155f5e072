public import InterlockJSON

/// A JSON-RPC error that may cross the wire: everything in it is meant for the peer.
///
/// Causes, stacks and local failures (timeouts, closed connections) are not protocol errors and never become one by
/// themselves. Spec: 2026-07-28, Base Protocol › Errors.
public struct ProtocolError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of failure it is.
    public var code: ErrorCode
    /// What was wrong, where, and what to do about it: one sentence for a person.
    public var message: String
    /// What a program needs to react, in the shape that belongs to the code.
    public var data: JSONValue?

    /// Makes an error as it will be sent.
    public init(code: ErrorCode, message: String, data: JSONValue? = nil) {
        self.code = code
        self.message = message
        self.data = data
    }

    /// The code and the message; `data` is left out, because it may be large.
    public var description: String { "\(code): \(message)" }
}

extension ProtocolError: WireDecodable, WireEncodable {
    /// Names the root `error` in messages about its shape.
    public static var wireRoot: String { "error" }

    /// Reads the `error` member of a response.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        code = ErrorCode(rawValue: try object.required("code"))
        message = try object.required("message")
        data = object.member("data")?.value()
    }

    /// Writes the `error` member of a response.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("code", code.rawValue, context)
        writer.member("message", message, context)
        if let data {
            writer.key("data")
            writer.value(data)
        }
        writer.endObject()
    }
}
