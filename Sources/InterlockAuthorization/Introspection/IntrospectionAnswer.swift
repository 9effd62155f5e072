import InterlockJSON
import InterlockTransport

/// What an authorization server says about a token (RFC 7662 §2.2), held against what this server accepts.
enum IntrospectionAnswer {
    /// - Throws: ``AuthorizationError`` if the answer is none, which says something about the authorization server and nothing about the token.
    static func read(_ body: [UInt8], _ configuration: IntrospectionConfiguration, wallTime: Int64) throws(AuthorizationError) -> Verification {
        let json: RawJSON
        do throws(StrictJSON.Failure) {
            json = try StrictJSON.object(body, maximumBytes: configuration.maximumBytes)
        } catch {
            throw AuthorizationError(.invalidAnswer, "the introspection endpoint answered with something that is no JSON object, or names a member twice")
        }
        guard let isActive = json["active"]?.bool else {
            throw AuthorizationError(.invalidAnswer, "the introspection endpoint did not say whether the token is active")
        }
        guard isActive else { return .refused(.inactive) }
        do throws(CredentialRefusal) {
            return .verified(try accept(json, configuration, wallTime: wallTime))
        } catch {
            return .refused(error)
        }
    }

    private static func accept(_ json: RawJSON, _ configuration: IntrospectionConfiguration, wallTime: Int64) throws(CredentialRefusal) -> VerifiedCredential {
        if let value = json["iss"], !value.isNull {
            guard let issuer = value.string, issuer.utf8.elementsEqual(configuration.issuer.utf8) else { throw .issuer }
        }
        if let value = json["aud"], !value.isNull {
            let names = value.string.map { [$0] } ?? value.elements?.compactMap(\.string) ?? []
            guard names.contains(where: { name in configuration.audiences.contains { $0.utf8.elementsEqual(name.utf8) } }) else { throw .audience }
        } else if configuration.requiresAudience {
            throw .audience
        }
        let times = try TimeClaims(json)
        let skew = Int64(configuration.skew / .milliseconds(1))
        try times.check(now: wallTime, skew: skew)
        return VerifiedCredential(
            principal: try configuration.claims.principal(json, issuer: configuration.issuer), expiresAt: times.expires.map { $0 + skew },
            keepFor: configuration.keepActive)
    }
}
