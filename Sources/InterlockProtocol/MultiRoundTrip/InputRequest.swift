public import InterlockJSON

/// Something a server needs from the client before it can answer: what was a request of its own in legacy revisions.
/// Spec: 2026-07-28, Patterns › Multi Round-Trip Requests.
public enum InputRequest: WireShape {
    /// Ask the user.
    case elicitation(ElicitParams)
    /// Ask the model.
    case sampling(CreateMessageParams)
    /// Tell the roots.
    case roots(RequestParams = RequestParams())

    /// Names the root `inputRequest` in messages about its shape.
    public static var wireRoot: String { "inputRequest" }

    /// The method of the request.
    public var method: String {
        switch self {
        case .elicitation: Method.elicitationCreate
        case .sampling: Method.samplingCreateMessage
        case .roots: Method.rootsList
        }
    }

    /// What the client must have declared, on the request at hand, for this to be asked.
    public var requiredCapabilities: ClientCapabilities {
        switch self {
        case .elicitation(let params):
            if case .url = params.mode {
                ClientCapabilities(elicitation: ClientCapabilities.Elicitation(url: [:]))
            } else {
                ClientCapabilities(elicitation: ClientCapabilities.Elicitation())
            }
        case .sampling(let params):
            ClientCapabilities(
                sampling: ClientCapabilities.Sampling(tools: params.tools == nil && params.toolChoice == nil ? nil : [:]))
        case .roots:
            ClientCapabilities(roots: ClientCapabilities.Roots())
        }
    }

    /// Reads a request.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        switch try object.required("method", as: String.self) {
        case Method.elicitationCreate: self = .elicitation(try object.required("params"))
        case Method.samplingCreateMessage: self = .sampling(try object.required("params"))
        case Method.rootsList: self = .roots(try object.optional("params") ?? RequestParams())
        case let other:
            throw ShapeMismatch(problem: "\"\(other.prefix(40))\" is no input request").inside("method")
        }
    }

    /// Writes a request.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("method", method, context)
        switch self {
        case .elicitation(let params): writer.member("params", params, context)
        case .sampling(let params): writer.member("params", params, context)
        case .roots(let params): writer.member("params", params.meta == nil ? nil : params, context)
        }
        writer.endObject()
    }
}

/// The requests of one round, by keys the server chose.
public typealias InputRequests = OrderedMap<InputRequest>
