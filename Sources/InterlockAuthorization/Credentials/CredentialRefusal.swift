/// Why a credential was not accepted.
///
/// The texts are fixed: nothing of the credential, verified or not, gets into one, so it may be logged and sent.
public struct CredentialRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// The reason, to branch on and to count by.
    public struct Code: Sendable, Hashable, CaseIterable, CustomStringConvertible {
        private enum Reason: String, CaseIterable {
            case malformed, tooLarge, algorithm, type, criticalHeader, duplicateMember, keyId, unknownKey, signature, issuer, audience, expired
            case notYetValid, claims, inactive, unknownCredential, disabled
        }
        private let reason: Reason

        /// Every reason there is.
        public static var allCases: [Code] { Reason.allCases.map(Code.init) }

        /// What metrics call it: in small letters, words apart by underscores.
        public var label: String {
            String(reason.rawValue.flatMap { $0.isUppercase ? ["_", Character($0.lowercased())] : [$0] })
        }

        /// Not built as a credential of its kind is.
        public static let malformed = Code(reason: .malformed)
        /// Longer than any honest credential.
        public static let tooLarge = Code(reason: .tooLarge)
        /// Signed by an algorithm that is not on the list.
        public static let algorithm = Code(reason: .algorithm)
        /// A token for another purpose.
        public static let type = Code(reason: .type)
        /// It demands an extension (`crit`).
        public static let criticalHeader = Code(reason: .criticalHeader)
        /// A member occurs twice, so that two readers could read two things.
        public static let duplicateMember = Code(reason: .duplicateMember)
        /// It names no key although the issuer has several.
        public static let keyId = Code(reason: .keyId)
        /// The issuer has no such key.
        public static let unknownKey = Code(reason: .unknownKey)
        /// The signature is not the issuer's.
        public static let signature = Code(reason: .signature)
        /// Issued by somebody who is not trusted here.
        public static let issuer = Code(reason: .issuer)
        /// Meant for another resource.
        public static let audience = Code(reason: .audience)
        /// Its time is over.
        public static let expired = Code(reason: .expired)
        /// Its time has not begun.
        public static let notYetValid = Code(reason: .notYetValid)
        /// A claim is missing or of the wrong shape.
        public static let claims = Code(reason: .claims)
        /// The authorization server says that it is not active.
        public static let inactive = Code(reason: .inactive)
        /// Nothing here knows it.
        public static let unknownCredential = Code(reason: .unknownCredential)
        /// The operator has switched it off.
        public static let disabled = Code(reason: .disabled)

        public var description: String { reason.rawValue }
    }

    /// The reason.
    public let code: Code
    /// One sentence for a person, without quotes, backslashes or control characters.
    public let message: String

    /// Makes a refusal with a text of one's own.
    public init(_ code: Code, _ message: StaticString) {
        self.code = code
        self.message = message.description
    }

    public var description: String { "\(code): \(message)" }
}

extension CredentialRefusal {
    static let malformed = CredentialRefusal(.malformed, "The token is not well formed")
    static let tooLarge = CredentialRefusal(.tooLarge, "The token is too long")
    static let algorithm = CredentialRefusal(.algorithm, "The token is signed by an algorithm that is not accepted")
    static let type = CredentialRefusal(.type, "The token is not an access token")
    static let criticalHeader = CredentialRefusal(.criticalHeader, "The token demands an extension that is not supported")
    static let duplicateMember = CredentialRefusal(.duplicateMember, "A member of the token occurs twice")
    static let keyId = CredentialRefusal(.keyId, "The token does not name the key that signed it")
    static let unknownKey = CredentialRefusal(.unknownKey, "The token is signed by a key that the issuer does not publish")
    static let signature = CredentialRefusal(.signature, "The signature of the token is not valid")
    static let issuer = CredentialRefusal(.issuer, "The issuer of the token is not accepted")
    static let audience = CredentialRefusal(.audience, "The token is meant for another resource")
    static let expired = CredentialRefusal(.expired, "The token has expired")
    static let notYetValid = CredentialRefusal(.notYetValid, "The token is not valid yet")
    static let claims = CredentialRefusal(.claims, "A claim of the token is missing or has the wrong shape")
    static let inactive = CredentialRefusal(.inactive, "The token is not active")
    static let unknownCredential = CredentialRefusal(.unknownCredential, "The credential is not known")
    static let disabled = CredentialRefusal(.disabled, "The credential is switched off")
}
