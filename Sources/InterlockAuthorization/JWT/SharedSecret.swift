import Crypto

/// A secret shared with an issuer, for tokens signed by HMAC. Who has it can make tokens.
///
/// Descriptions and dumps do not show it.
public struct SharedSecret: Sendable, CustomStringConvertible, CustomReflectable {
    private let key: SymmetricKey

    /// Wraps a secret's bytes: random ones, at least as many as the longest hash used with it has (RFC 7518 §3.2).
    public init(_ bytes: [UInt8]) {
        key = SymmetricKey(data: bytes)
    }

    /// Bytes of the secret.
    public var count: Int { key.bitCount / 8 }

    public var description: String { "a shared secret of \(count) bytes" }
    public var customMirror: Mirror { Mirror(self, children: ["count": count]) }

    /// Compares in constant time. Only for the three symmetric algorithms; false for any other.
    func verifies(_ signature: [UInt8], over input: ArraySlice<UInt8>, by algorithm: SignatureAlgorithm) -> Bool {
        switch algorithm {
        case .hs256: HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: input, using: key)
        case .hs384: HMAC<SHA384>.isValidAuthenticationCode(signature, authenticating: input, using: key)
        case .hs512: HMAC<SHA512>.isValidAuthenticationCode(signature, authenticating: input, using: key)
        default: false
        }
    }

    /// The shortest secret that an algorithm is as strong with as it can be.
    static func minimumBytes(for algorithm: SignatureAlgorithm) -> Int {
        switch algorithm {
        case .hs384: 48
        case .hs512: 64
        default: 32
        }
    }
}
