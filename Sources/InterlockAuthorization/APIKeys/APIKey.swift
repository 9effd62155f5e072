/// A key that an operator hands to a client: `ilk_<id>_<secret>`, where the secret is 256 random bits in hexadecimal.
///
/// Only its hash is kept, plain SHA-256: what cannot be guessed needs no slow hash, and a slow one would be a way to keep the server busy.
public struct APIKey: Sendable, CustomStringConvertible, CustomReflectable {
    /// Names the key in files, logs and tables; not secret.
    public let id: String
    /// The key itself: show it once, to whom it is for.
    public let text: String

    static let prefix = "ilk_"
    private static let secretBytes = 32

    /// SHA-256 of the whole key, as files hold it.
    public var hash: TokenDigest { TokenDigest(of: text) }

    /// Makes a new key.
    ///
    /// - Parameters:
    ///   - id: 1 to 64 lower-case letters, digits and hyphens.
    ///   - random: The system's generator outside tests.
    /// - Throws: ``AuthorizationError`` if the id is none.
    public static func generate(id: String, using random: inout some RandomNumberGenerator) throws(AuthorizationError) -> APIKey {
        guard isID(id.utf8) else {
            throw AuthorizationError(.invalidKeyFile, "an API key's id must be 1 to 64 lower-case letters, digits and hyphens")
        }
        var secret = ""
        for _ in 0..<secretBytes {
            let byte = UInt8.random(in: .min ... .max, using: &random)
            secret += (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return APIKey(id: id, text: "\(prefix)\(id)_\(secret)")
    }

    public var description: String { "the API key \(id)" }
    public var customMirror: Mirror { Mirror(self, children: ["id": id]) }

    /// The id that a key carries, `nil` if the text is not built as a key with at least 128 bits is.
    static func id(of text: String) -> Substring? {
        let utf8 = text.utf8
        guard text.hasPrefix(prefix), utf8.count <= 4 + 64 + 1 + 128 else { return nil }
        let rest = utf8.dropFirst(prefix.utf8.count)
        guard let mark = rest.firstIndex(of: UInt8(ascii: "_")) else { return nil }
        let secret = rest[rest.index(after: mark)...]
        guard isID(rest[..<mark]), secret.count >= 32, secret.allSatisfy(isAlphanumeric) else { return nil }
        return Substring(rest[..<mark])
    }

    static func isID(_ id: some Collection<UInt8>) -> Bool {
        (1...64).contains(id.count)
            && id.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || $0 == UInt8(ascii: "-") }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }
}
