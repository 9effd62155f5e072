/// What a request shows to prove who sends it.
///
/// Descriptions, dumps and interpolations show where it came from and never the token.
public struct Credential: Sendable {
    /// Where in the request it stood.
    public enum Source: String, Sendable, Hashable {
        /// `Authorization: Bearer` (RFC 6750 §2.1).
        case bearer
        /// The header field for API keys.
        case apiKeyHeader
    }

    /// Where in the request it stood.
    public let source: Source
    /// The secret itself. Do not log it, keep it, or put it into an error: ``digest`` is what tables are keyed by.
    public let token: String

    /// Wraps a token as it was sent.
    public init(source: Source, token: String) {
        self.source = source
        self.token = token
    }

    /// SHA-256 of the token. Computed at each call: about a microsecond.
    public var digest: TokenDigest { TokenDigest(of: token) }
}

extension Credential: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "a credential (\(source.rawValue))" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["source": source.rawValue]) }
}
