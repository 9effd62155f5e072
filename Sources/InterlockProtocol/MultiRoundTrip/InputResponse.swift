public import InterlockJSON

/// A client's answer to an ``InputRequest``. Spec: 2026-07-28, Patterns › Multi Round-Trip Requests.
///
/// The wire does not say which kind it is: it is told by the members it must have. Something else is kept as it came, so that
/// a server can ask again for what is missing or wrong instead of failing.
public enum InputResponse: WireShape {
    /// What the user did.
    case elicitation(ElicitResult)
    /// What the model said.
    case sampling(CreateMessageResult)
    /// The client's roots.
    case roots(ListRootsResult)
    /// None of these.
    case unknown(RawJSON)

    /// Names the root `inputResponse` in messages about its shape.
    public static var wireRoot: String { "inputResponse" }

    /// The answer to an elicitation, if it is one.
    public var elicitation: ElicitResult? {
        if case .elicitation(let result) = self { result } else { nil }
    }

    /// The answer to a sampling request, if it is one.
    public var sampling: CreateMessageResult? {
        if case .sampling(let result) = self { result } else { nil }
    }

    /// The answer to a request for roots, if it is one.
    public var roots: ListRootsResult? {
        if case .roots(let result) = self { result } else { nil }
    }

    /// Whether it is an answer of the kind a request asks for.
    public func answers(_ request: InputRequest) -> Bool {
        switch (request, self) {
        case (.elicitation, .elicitation), (.sampling, .sampling), (.roots, .roots): true
        default: false
        }
    }

    /// Reads an answer; one that has the members of a kind but not its shape is refused.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        if object.member("action") != nil {
            self = .elicitation(try ElicitResult(shape: json))
        } else if object.member("model") != nil {
            self = .sampling(try CreateMessageResult(shape: json))
        } else if object.member("roots") != nil {
            self = .roots(try ListRootsResult(shape: json))
        } else {
            self = .unknown(json)
        }
    }

    /// Writes an answer.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        switch self {
        case .elicitation(let result): result.write(into: &writer, context: context)
        case .sampling(let result): result.write(into: &writer, context: context)
        case .roots(let result): result.write(into: &writer, context: context)
        case .unknown(let json): writer.raw(json)
        }
    }
}

/// The answers of one round, by the keys of the requests.
public typealias InputResponses = OrderedMap<InputResponse>

extension JSONWriter {
    /// Writes what a client adds when it sends a request again.
    mutating func inputAnswers(_ responses: InputResponses?, _ requestState: String?, _ context: EncodingContext) {
        guard context.revision.hasMultiRoundTrip else { return }
        member("inputResponses", responses, context)
        member("requestState", requestState, context)
    }
}
