import InterlockJSON

/// A signed token taken apart (RFC 7515 §7.1): nothing of it is true before its signature is verified.
struct CompactToken: Sendable {
    static let maximumHeaderBytes = 2_048

    let header: RawJSON
    let claims: RawJSON
    /// What the signature is about: header and claims as they were sent.
    let signingInput: ArraySlice<UInt8>
    let signature: [UInt8]

    init(_ text: String, maximumBytes: Int, omitting: JWTGuard? = nil) throws(CredentialRefusal) {
        guard text.utf8.count <= maximumBytes else { throw .tooLarge }
        let bytes = Array(text.utf8)
        let segments = bytes.split(separator: UInt8(ascii: "."), maxSplits: 4, omittingEmptySubsequences: false)
        guard segments.count == 3, segments.allSatisfy({ !$0.isEmpty }) else { throw .malformed }
        guard let head = Base64URL.decode(segments[0]), head.count <= Self.maximumHeaderBytes, let body = Base64URL.decode(segments[1]),
            let signature = Base64URL.decode(segments[2])
        else { throw .malformed }
        do throws(StrictJSON.Failure) {
            header = try StrictJSON.object(head, maximumBytes: Self.maximumHeaderBytes, allowsDuplicates: omitting == .duplicateMembers)
            claims = try StrictJSON.object(body, maximumBytes: maximumBytes, allowsDuplicates: omitting == .duplicateMembers)
        } catch {
            throw error == .duplicateMember ? .duplicateMember : .malformed
        }
        signingInput = bytes[..<segments[1].endIndex]
        self.signature = signature
    }
}
