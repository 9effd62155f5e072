import InterlockJSON

/// A key set as an issuer serves it (RFC 7517 §5).
struct KeySetDocument: Sendable {
    /// The keys that can be used.
    let keys: [VerificationKey]
    /// Why the others are not.
    let unusable: [KeyDescription.Unusable]

    init(_ bytes: [UInt8], maximumBytes: Int, maximumKeys: Int) async throws {
        let json: RawJSON
        do throws(StrictJSON.Failure) {
            json = try StrictJSON.object(bytes, maximumBytes: maximumBytes)
        } catch {
            throw AuthorizationError(.invalidKeySet, error == .duplicateMember ? "a member of the key set occurs twice" : "the key set is not a JSON object within its limits")
        }
        guard let entries = json["keys"]?.elements else { throw AuthorizationError(.invalidKeySet, "the key set has no array \"keys\"") }
        guard entries.count <= maximumKeys else {
            throw AuthorizationError(.invalidKeySet, "the key set has \(entries.count) keys; at most \(maximumKeys) are accepted")
        }
        var keys: [VerificationKey] = []
        var unusable: [KeyDescription.Unusable] = []
        for entry in entries {
            do throws(KeyDescription.Unusable) {
                let description = try KeyDescription(entry)
                do {
                    keys.append(try await VerificationKey(description))
                } catch {
                    throw .shape  // a point that is not on the curve, an even exponent: what the library refuses
                }
            } catch {
                unusable.append(error)
            }
        }
        guard !keys.isEmpty else { throw AuthorizationError(.invalidKeySet, "the key set has no key that could verify a signature") }
        self.keys = keys
        self.unusable = unusable
    }
}
