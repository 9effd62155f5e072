import InterlockProtocol
import InterlockTransport

/// The fields of a request's head that authorization looks at, found in one walk.
struct AuthorizationFields {
    /// Why the way a credential was sent cannot be accepted (RFC 6750 §3.1, `invalid_request`).
    enum Problem: Error, Sendable, Hashable, CaseIterable {
        case tokenInQuery, severalCredentials, malformedCredential, oversizedCredential

        var message: String {
            switch self {
            case .tokenInQuery: "The access token must not be in the query of the address, where logs and histories keep it: send it as Authorization: Bearer"
            case .severalCredentials: "Send exactly one credential, in one header field"
            case .malformedCredential: "The credential is not well formed"
            case .oversizedCredential: "The credential is too long"
            }
        }
    }

    var authorization: String?
    var apiKey: String?
    /// As the client says; compared with the body only by modern revisions.
    var method: String?
    var name: String?
    private var credentialFields = 0

    init(_ head: RequestHead, apiKeyHeader: String?) {
        head.headers.forEach { take($0, $1, apiKeyHeader) }
    }

    private mutating func take(_ field: String, _ value: String, _ apiKeyHeader: String?) {
        switch field.utf8.count {
        case 13 where Self.same(field, "authorization"):
            credentialFields += 1
            authorization = value
        case 10 where Self.same(field, RoutingHeaders.method):
            method = value
        case 8 where Self.same(field, RoutingHeaders.name):
            name = value
        default:
            break
        }
        if let apiKeyHeader, field.utf8.count == apiKeyHeader.utf8.count, Self.same(field, apiKeyHeader) {
            credentialFields += 1
            apiKey = value
        }
    }

    /// The one credential of the request; `nil` if it has none, or one of another scheme.
    func credential(maximumBytes: Int) throws(Problem) -> Credential? {
        guard credentialFields > 0 else { return nil }
        guard credentialFields == 1 else { throw .severalCredentials }
        if let apiKey {
            guard apiKey.utf8.count <= maximumBytes else { throw .oversizedCredential }
            guard Self.isToken(apiKey, from: 0) else { throw .malformedCredential }
            return Credential(source: .apiKeyHeader, token: apiKey)
        }
        guard let value = authorization, value.utf8.count >= 6, Self.same(value.utf8.prefix(6), "bearer") else { return nil }
        guard value.utf8.count <= maximumBytes + 16 else { throw .oversizedCredential }
        let rest = value.utf8.dropFirst(6)
        guard rest.first == 0x20 else { throw .malformedCredential }
        let token = rest.drop { $0 == 0x20 }
        guard token.count <= maximumBytes else { throw .oversizedCredential }
        guard Self.isToken(value, from: value.utf8.count - token.count) else { throw .malformedCredential }
        return Credential(source: .bearer, token: String(Substring(token)))
    }

    /// Whether the query has a parameter `access_token`, however its name is encoded (RFC 6750 §2.3, which MCP forbids).
    static func hasTokenInQuery(_ target: String) -> Bool {
        guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return false }
        let query = target.utf8[target.utf8.index(after: mark)...]
        return query.split(whereSeparator: { $0 == UInt8(ascii: "&") || $0 == UInt8(ascii: ";") }).contains { parameter in
            var name: [UInt8] = []
            var rest = parameter.prefix { $0 != UInt8(ascii: "=") }[...]
            while let byte = rest.popFirst() {
                if byte == UInt8(ascii: "%"), let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16), rest.count >= 2 {
                    name.append(value)
                    rest = rest.dropFirst(2)
                } else {
                    name.append(byte)
                }
            }
            return same(name, "access_token")
        }
    }

    /// `b64token` of RFC 6750 §2.1, from a byte of the text on. Over its bytes where they stand: this is most of what a token costs before its digest.
    private static func isToken(_ text: String, from start: Int) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var padding = bytes.endIndex
            while padding > start, bytes[padding - 1] == UInt8(ascii: "=") { padding -= 1 }
            guard padding > start else { return false }
            for byte in bytes[start..<padding] {
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "+"), UInt8(ascii: "/"):
                    continue
                default: return false
                }
            }
            return true
        }
    }

    private static func same(_ a: String, _ b: String) -> Bool { same(a.utf8, b) }

    /// ASCII without regard to case.
    private static func same(_ a: some Collection<UInt8>, _ b: String) -> Bool {
        a.elementsEqual(b.utf8) { x, y in x == y || (x | 0x20 == y | 0x20 && (0x61...0x7A).contains(x | 0x20)) }
    }
}
