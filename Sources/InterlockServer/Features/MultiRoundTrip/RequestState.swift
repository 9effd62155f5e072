import Crypto
import InterlockJSON
import InterlockProtocol
import InterlockTransport

/// What travels sealed in `requestState`: the answers of all rounds so far, and until when they count.
struct RequestState: Codable, Sendable {
    /// Unguessable, so that a state can be used once only.
    var nonce: String
    var round: Int
    /// Milliseconds since the Unix epoch.
    var expiresAt: Int64
    var answers: JSONObject

    /// What a state is bound to: who calls, of which tenant, what and with which parameters. Anything else cannot open it.
    static func binding(method: String, params: RawJSON, principal: Principal?) -> [UInt8] {
        var salient = params.value().object ?? [:]
        for key in ["_meta", "inputResponses", "requestState"] { salient.removeValue(forKey: key) }
        var hash = SHA256()
        for part in [method, principal?.identity ?? "", canonical(.object(salient))] {
            let bytes = Array(part.utf8)
            withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { hash.update(bufferPointer: $0) }
            hash.update(data: bytes)
        }
        return Array(hash.finalize())
    }

    /// JSON text in which equal values are equal: members sorted by name.
    private static func canonical(_ value: JSONValue) -> String {
        switch value {
        case .object(let object):
            "{" + object.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }.map { JSONValue.string($0.0).description + ":" + canonical($0.1) }.joined(separator: ",") + "}"
        case .array(let elements): "[" + elements.map(canonical).joined(separator: ",") + "]"
        default: value.description
        }
    }
}
