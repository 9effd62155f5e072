import InterlockJSON

/// What one instance of a server tells the others.
enum InstanceMessage: Sendable, Hashable {
    /// A list has changed.
    case listChanged(FeatureKind)
    /// A resource has changed.
    case resourceUpdated(uri: String)
    /// A client cancelled a request of its session that runs elsewhere. The id is as the client sent it.
    case cancelled(session: String, id: RawJSON, reason: String?)
    /// A client answered a request that another instance has asked it.
    case answered(session: String, id: Int64, result: RawJSON?, error: RawJSON?)
    /// A session's record was changed in the store, which has this version now.
    case sessionChanged(session: String, version: Int64)
    /// A session has ended for good.
    case sessionEnded(session: String)
    /// The sender could not send something: whatever it was, it has been missed.
    case missed

    static let channel = "instances"

    /// The message with its sender, who will hear it too.
    func encoded(from sender: String) -> [UInt8] {
        var object: [String: JSONValue] = ["from": .string(sender)]
        switch self {
        case .listChanged(let kind): object["list"] = .string(kind.listChanged)
        case .resourceUpdated(let uri): object["resource"] = .string(uri)
        case .cancelled(let session, let id, let reason):
            object["cancel"] = .string(session)
            object["id"] = id.value()
            object["reason"] = reason.map(JSONValue.string)
        case .answered(let session, let id, let result, let error):
            object["answer"] = .string(session)
            object["id"] = .number(JSONNumber(id))
            object["result"] = result?.value()
            object["error"] = error?.value()
        case .sessionChanged(let session, let version):
            object["session"] = .string(session)
            object["version"] = .number(JSONNumber(version))
        case .sessionEnded(let session): object["end"] = .string(session)
        case .missed: object["missed"] = .bool(true)
        }
        return Array(RawJSON(.object(JSONObject(object.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }))).bytes)
    }

    /// `nil` for what this version does not know.
    init?(_ json: RawJSON) {
        if let name = json["list"]?.string, let kind = FeatureKind.allCases.first(where: { $0.listChanged == name }) {
            self = .listChanged(kind)
        } else if let uri = json["resource"]?.string {
            self = .resourceUpdated(uri: uri)
        } else if let session = json["cancel"]?.string, let id = json["id"] {
            self = .cancelled(session: session, id: id, reason: json["reason"]?.string)
        } else if let session = json["answer"]?.string, let id = json["id"]?.int {
            self = .answered(session: session, id: Int64(id), result: json["result"], error: json["error"])
        } else if let session = json["session"]?.string, let version = json["version"]?.int {
            self = .sessionChanged(session: session, version: Int64(version))
        } else if let session = json["end"]?.string {
            self = .sessionEnded(session: session)
        } else if json["missed"]?.bool == true {
            self = .missed
        } else {
            return nil
        }
    }
}
