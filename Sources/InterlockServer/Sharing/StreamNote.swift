import InterlockJSON
import InterlockProtocol
import InterlockTransport

/// What an instance leaves with each of its streams, so that another can tell the client what became of it.
struct StreamNote: Sendable, Hashable {
    /// Whether a request may be made again when nobody knows how far the first attempt came.
    enum Retry: String, Sendable, Hashable {
        /// It changes nothing, or nothing more the second time.
        case safe
        /// With the same idempotency key it takes effect once.
        case sameKey = "same_key"
        /// It may have taken effect.
        case unknown
    }

    /// The request that the stream answers; `nil` for the session's own stream.
    var request: RequestID?
    var retry: Retry = .safe

    init(answering request: RequestID? = nil, retry: Retry = .safe) {
        self.request = request
        self.retry = retry
    }

    /// `nil` for what this version does not know.
    init?(_ bytes: [UInt8]) {
        // What is no JSON is no note of this program: its stream is closed without an answer, and whoever follows it sees that.
        guard let json = try? RawJSON(bytes), let retry = json["retry"]?.string.flatMap(Retry.init(rawValue:)) else { return nil }
        request = json["id"].flatMap { RequestID($0) }
        self.retry = retry
    }

    func encoded() -> [UInt8] {
        var members: [(String, JSONValue)] = []
        if let request { members.append(("id", request.value)) }
        members.append(("retry", .string(retry.rawValue)))
        return Array(RawJSON(.object(JSONObject(members))).bytes)
    }

    /// The last event of the stream when its instance is lost: the answer to its request; nothing where there is none.
    func lastEvent() -> [UInt8] {
        guard let request else { return [] }
        let advice = switch retry {
        case .safe: "Nothing speaks against making it again."
        case .sameKey: "Make it again with the same idempotency key: it takes effect once."
        case .unknown: "Whether it took effect is not known: look before it is made again."
        }
        let error = ProtocolError(
            code: .internalError, message: "The instance that ran this request was lost before it answered. \(advice)",
            data: ["reason": "instance_lost", "retry": .string(retry.rawValue)])
        return JSONRPC.error(id: request, error)
    }
}

extension Server {
    /// Whether a request may be made again after its instance was lost.
    func retry(_ method: String, _ params: IncomingParams, for principal: Principal?) -> StreamNote.Retry {
        guard method == Method.toolsCall else { return .safe }
        guard let name = params.member("name")?.string, let tool = features(for: principal).tool(named: name) else { return .unknown }
        if tool.definition.annotations?.readOnlyHint == true || tool.definition.annotations?.idempotentHint == true { return .safe }
        guard tool.policies.idempotency != nil else { return .unknown }
        do throws(ToolError) {
            return try tool.prepare(params.member("arguments") ?? .emptyObject).idempotencyKey == nil ? .unknown : .sameKey
        } catch {
            return .safe // it was refused for its arguments before anything ran
        }
    }
}

extension RequestID {
    /// The id as it is written.
    fileprivate var value: JSONValue {
        switch self {
        case .integer(let number): .number(JSONNumber(number))
        case .string(let text): .string(text)
        }
    }
}
