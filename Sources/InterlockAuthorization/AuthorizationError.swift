/// Why authorization could not be set up, or why an issuer could not be asked; for the operator, never sent to a client.
///
/// Carries no credential: neither a token, nor a key, nor a secret, nor a part of one.
public struct AuthorizationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure, to branch on.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String {
            case invalidAddress, invalidMetadata, invalidScopes, invalidIssuer, invalidKeyFile, invalidKeySet, invalidAnswer, fetchFailed
        }
        private let kind: Kind

        /// A URI that may not be used: not canonical, not encrypted, or none at all.
        public static let invalidAddress = Code(kind: .invalidAddress)
        /// Protected resource metadata that no client could use.
        public static let invalidMetadata = Code(kind: .invalidMetadata)
        /// A scope, or a map of scopes, that is not well formed.
        public static let invalidScopes = Code(kind: .invalidScopes)
        /// An issuer, or the way to ask it, that is not configured soundly.
        public static let invalidIssuer = Code(kind: .invalidIssuer)
        /// A file of API keys that does not have the shape it must have.
        public static let invalidKeyFile = Code(kind: .invalidKeyFile)
        /// A key set without a key that can be used.
        public static let invalidKeySet = Code(kind: .invalidKeySet)
        /// An authorization server's answer that is none.
        public static let invalidAnswer = Code(kind: .invalidAnswer)
        /// An authorization server that could not be reached, or answered with an error.
        public static let fetchFailed = Code(kind: .fetchFailed)

        public var description: String { kind.rawValue }
    }

    /// The kind of failure.
    public let code: Code
    /// What was wrong, where, and what to do, in one sentence for a person.
    public let message: String

    /// Makes an error; for those who write a fetcher or a verifier of their own.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "\(code): \(message)" }
}
