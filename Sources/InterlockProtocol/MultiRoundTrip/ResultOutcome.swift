public import InterlockJSON

/// What a client got for a request: the result, or something to do before it.
public enum ResultOutcome<Complete: WireDecodable>: Sendable {
    /// The request is answered.
    case complete(Complete)
    /// The server needs input first.
    case inputRequired(InputRequiredResult)
    /// A result of an extension; one that was not negotiated is an invalid response.
    case other(ResultType, RawJSON)

    /// Reads a result by its `resultType`; a shape that does not fit is -32602 naming the member.
    public init(decoding result: RawJSON) throws(ProtocolError) {
        switch try ResultType(of: result) {
        case .complete: self = .complete(try Complete(decoding: result))
        case .inputRequired: self = .inputRequired(try InputRequiredResult(decoding: result))
        case let type: self = .other(type, result)
        }
    }
}
