import Crypto

/// The secret that opens the admin listener. Kept as its hash, and shown nowhere.
public struct AdminToken: Sendable, CustomStringConvertible {
    /// The fewest bytes a token may have.
    public static let fewestBytes = 16

    private let digest: SHA256.Digest

    /// Makes a token.
    ///
    /// - Parameter secret: At least 16 bytes of text, best random; white space around it is left out, as a file it was read from may end with a line break.
    /// - Throws: ``AdminError`` for one that is shorter.
    public init(_ secret: String) throws(AdminError) {
        let bytes = Array(secret.utf8.drop(while: Self.isSpace).reversed().drop(while: Self.isSpace).reversed())
        guard bytes.count >= Self.fewestBytes else {
            throw AdminError(
                code: .weakToken, message: "the admin token has fewer than \(Self.fewestBytes) bytes and could be guessed: use a random one, such as that of `openssl rand -hex 32`")
        }
        digest = SHA256.hash(data: bytes)
    }

    /// Whether a header value presents the token (RFC 6750 §2.1).
    ///
    /// Takes the same time wherever the first difference is, and whatever the lengths: hashes are compared, all of them.
    func isPresented(by authorization: String?) -> Bool {
        guard let authorization else { return false }
        let parts = authorization.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return false }
        return SHA256.hash(data: Array(parts[1].utf8.drop(while: Self.isSpace))) == digest
    }

    /// Never the secret.
    public var description: String { "AdminToken" }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
}
