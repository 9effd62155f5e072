import Foundation
import InterlockAuthorization
import InterlockHTTPServer
import InterlockJSON
import InterlockServer
import InterlockTransport
import Logging

/// Who may call the server, as the JSON file of `--auth` says; docs/authorization.md explains its members.
///
/// Everything that can be wrong is found when the file is read. Relative paths begin at the file's own folder.
struct AuthorizationFile {
    let gate: AuthorizationGate
    /// The metadata documents of RFC 9728; none where only API keys are accepted.
    let documents: [WellKnownDocument]
    private let apiKeys: (verifier: APIKeyVerifier, file: NamedFile)?

    private static let members = [
        "resource", "resourceName", "issuers", "introspection", "apiKeys", "apiKeyHeader", "scopes", "insecureHosts", "certificateAuthorities",
    ]

    /// - Parameter hidesTools: whether callers see different tools, so that a refusal must not tell of one they do not see.
    /// - Throws: what is wrong first, with its place; of another file than this one, also which.
    init(path: String, hidesTools: Bool = false, logger: Logger) throws {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        let file = try ConfigurationObject(parsing: NamedFile(source: "--auth", path: path).read(), allowing: Self.members)
        let insecureHosts = Set(try file.strings("insecureHosts") ?? [])
        let fetcher = AuthorizationFetcher(certificateAuthorities: try file.string("certificateAuthorities"))
        let resource = try file.string("resource").map { try ResourceURI($0) }
        var verifiers: [any CredentialVerifier] = []
        var servers: [String] = []

        if let keys = try file.string("apiKeys") {
            let keysFile = NamedFile(source: "\"apiKeys\"", path: URL(fileURLWithPath: keys, relativeTo: folder).path)
            let verifier = APIKeyVerifier(try keysFile.parsed { try APIKeyTable(parsing: $0) })
            apiKeys = (verifier, keysFile)
            verifiers.append(verifier)
        } else {
            apiKeys = nil
        }
        let issuers = try file.objects("issuers", allowing: [
            "issuer", "jwks", "secretFile", "audiences", "algorithms", "tenantClaim", "requiresTenant", "subjectClaim", "acceptsMissingType", "skew",
        ]) ?? []
        if !issuers.isEmpty {
            let parsed = try issuers.map { try Self.issuer($0, resource: resource, folder: folder, insecureHosts: insecureHosts, fetcher: fetcher, logger: logger) }
            verifiers.append(try JWTVerifier(parsed))
            servers += parsed.map(\.issuer)
        }
        if let introspection = try file.object("introspection", allowing: [
            "url", "clientId", "clientSecretFile", "issuer", "audiences", "requiresAudience", "tenantClaim", "requiresTenant", "keepActive", "keepInactive",
            "maximumEntries", "timeout",
        ]) {
            let configuration = try Self.introspection(introspection, resource: resource, folder: folder, insecureHosts: insecureHosts)
            verifiers.append(try IntrospectionVerifier(configuration, fetcher: fetcher, logger: logger))
            servers.append(configuration.issuer)
        }
        let policy = try Self.policy(file)
        if !servers.isEmpty {
            let resource = try file.required("resource", resource, expected: "the address of the MCP endpoint as clients use it, such as https://mcp.example.com/mcp")
            documents = try ProtectedResourceMetadata(
                resource: resource, authorizationServers: servers, scopesSupported: policy.allScopes, resourceName: try file.string("resourceName"),
                insecureHosts: insecureHosts
            ).documents
        } else {
            documents = []
        }
        gate = try AuthorizationGate(
            verifiers: verifiers,
            configuration: AuthorizationGateConfiguration(
                metadataURI: servers.isEmpty ? nil : resource?.metadataURI, policy: policy, judgesTools: !hidesTools,
                apiKeyHeader: apiKeys == nil ? nil : try file.string("apiKeyHeader") ?? "X-API-Key"),
            logger: logger)
    }

    /// The metadata documents as routes.
    var routes: [HTTPRoute] {
        documents.map { document in
            HTTPRoute("GET", document.path) { _ in HTTPRouteResponse(headers: WellKnownDocument.headers, body: document.body) }
        }
    }

    /// What the runtime asks with the method and name of the body.
    var denies: @Sendable (Principal?, String, String?) -> CallDenial? {
        { [gate] principal, method, name in
            gate.challenge(principal, method: method, name: name).map { CallDenial(message: $0.message, headers: [("www-authenticate", $0.challenge)]) }
        }
    }

    /// Reads the API keys again; a bad file leaves the old ones in force.
    func reload() throws {
        guard let apiKeys else { return }
        apiKeys.verifier.replace(try apiKeys.file.parsed { try APIKeyTable(parsing: $0) })
        gate.forgetAll()
    }

    // MARK: Parts

    private static func issuer(
        _ object: ConfigurationObject, resource: ResourceURI?, folder: URL, insecureHosts: Set<String>, fetcher: any HTTPFetching, logger: Logger
    ) throws -> JWTIssuer {
        let issuer = try object.required("issuer", try object.string("issuer"), expected: "the text of the tokens' iss")
        let keys: JWTIssuer.Keys
        switch (try object.string("jwks"), try object.string("secretFile")) {
        case (let url?, nil):
            keys = .published(try KeySet(url: url, fetcher: fetcher, configuration: KeySetConfiguration(insecureHosts: insecureHosts), logger: logger))
        case (nil, let file?):
            keys = .secret(SharedSecret(try read(file, relativeTo: folder, as: object.place(of: "secretFile"))))
        case (nil, nil):
            keys = .published(try KeySet(issuer: issuer, fetcher: fetcher, configuration: KeySetConfiguration(insecureHosts: insecureHosts), logger: logger))
        case (_?, _?):
            throw ConfigurationError(path: object.path, message: "has both \"jwks\", the address of the issuer's keys, and \"secretFile\"; only one can be")
        }
        let algorithms = try object.strings("algorithms").map { names in
            Set(try names.map { name in
                guard let algorithm = SignatureAlgorithm(rawValue: name) else {
                    throw ConfigurationError(path: object.place(of: "algorithms"), message: "has \"\(name)\": there are \(SignatureAlgorithm.allCases.map(\.rawValue).joined(separator: ", "))")
                }
                return algorithm
            })
        }
        return try JWTIssuer(
            issuer, keys: keys, audiences: try audiences(object, resource), algorithms: algorithms,
            acceptsMissingType: try object.bool("acceptsMissingType") ?? false, claims: try claims(object), skew: try object.duration("skew") ?? .seconds(30))
    }

    private static func introspection(
        _ object: ConfigurationObject, resource: ResourceURI?, folder: URL, insecureHosts: Set<String>
    ) throws -> IntrospectionConfiguration {
        let secretFile = try object.required("clientSecretFile", try object.string("clientSecretFile"), expected: "the file that holds this server's secret")
        let secret = try read(secretFile, relativeTo: folder, as: object.place(of: "clientSecretFile"))
        var configuration = IntrospectionConfiguration(
            url: try object.required("url", try object.string("url"), expected: "the address of the introspection endpoint"),
            clientId: try object.required("clientId", try object.string("clientId"), expected: "this server's name as a client of the issuer"),
            clientSecret: String(decoding: secret, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines),
            issuer: try object.required("issuer", try object.string("issuer"), expected: "the issuer's identifier"),
            audiences: try audiences(object, resource), requiresAudience: try object.bool("requiresAudience") ?? true, claims: try claims(object),
            insecureHosts: insecureHosts)
        if let duration = try object.duration("keepActive", allowingZero: true) {
            guard duration <= .seconds(300) else {
                throw ConfigurationError(path: object.place(of: "keepActive"), message: "is so long that a token that was revoked would go on: give at most \"5m\"")
            }
            configuration.keepActive = duration
        }
        if let duration = try object.duration("keepInactive", allowingZero: true) { configuration.keepInactive = duration }
        if let duration = try object.duration("timeout") { configuration.timeout = duration }
        if let count = try object.int("maximumEntries", in: 1...1_000_000) { configuration.maximumEntries = count }
        return configuration
    }

    /// The names a token's audience must have: those given, else the resource itself.
    private static func audiences(_ object: ConfigurationObject, _ resource: ResourceURI?) throws -> Set<String> {
        Set(try object.strings("audiences") ?? resource.map { [$0.text] } ?? [])
    }

    private static func claims(_ object: ConfigurationObject) throws -> ClaimMapping {
        ClaimMapping(
            subject: try object.string("subjectClaim") ?? "sub", tenant: try object.string("tenantClaim").map { $0.split(separator: ".").map(String.init) },
            requiresTenant: try object.bool("requiresTenant") ?? true)
    }

    private static func policy(_ file: ConfigurationObject) throws -> ScopePolicy {
        guard let scopes = try file.object("scopes", allowing: ["server", "methods", "tools", "includes"]) else { return .open }
        func table(_ name: String) throws -> [String: Set<String>] {
            guard let object = try scopes.object(name, allowing: nil) else { return [:] }
            return Dictionary(uniqueKeysWithValues: try object.names.map { ($0, Set(try object.strings($0) ?? [])) })
        }
        return try ScopePolicy(
            server: Set(try scopes.strings("server") ?? []), methods: try table("methods"), tools: try table("tools"),
            hierarchy: try ScopeHierarchy(try table("includes")))
    }

    private static func read(_ path: String, relativeTo folder: URL, as place: String) throws(SettingsError) -> [UInt8] {
        try NamedFile(source: "\"\(place)\"", path: URL(fileURLWithPath: path, relativeTo: folder).path).read()
    }
}
