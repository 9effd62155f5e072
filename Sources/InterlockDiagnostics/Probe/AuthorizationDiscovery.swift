import InterlockJSON
import InterlockTransport

/// Reads what a client without a credential needs to get one: the metadata of the resource that a refusal names (RFC 9728), and that of its issuer (RFC 8414).
///
/// What is asked comes from the server, so it is bounded: `http` and `https` alone, and `https` alone where the server speaks it; 256 KiB an answer; no redirect
/// is followed, and no credential sent. See <https://modelcontextprotocol.io/specification/2025-11-25/basic/authorization>.
public struct AuthorizationDiscovery: Sendable {
    /// One GET without a credential, which follows no redirect.
    ///
    /// - Parameters:
    ///   - timeout: for the whole answer.
    ///   - maximumBytes: of its body; a longer one is an error.
    public typealias Fetch = @Sendable (_ url: String, _ timeout: Duration, _ maximumBytes: Int) async throws -> (status: Int, body: [UInt8])

    /// What a resource says of itself.
    struct Resource: Sendable {
        var address: String
        var issuers: [String]
    }

    private static let maximumBytes = 1 << 18
    /// Issuers that are asked; a list that is longer is cut.
    private static let maximumIssuers = 3

    private let server: String
    private let fetch: Fetch

    /// - Parameter server: the URL that was refused.
    public init(of server: String, fetch: @escaping Fetch) {
        self.server = server
        self.fetch = fetch
    }

    /// The metadata of the resource: where the refusal names it, else where it must be then. `nil` if there is none, for a server whose credentials are not
    /// given out by OAuth.
    func resource(_ challenge: String, within timeout: Duration) async throws -> Resource? {
        guard let own = Address(server) else { throw NetworkProbe.Failure(message: "the server's URL cannot be read") }
        if let named = AuthenticationParameter.value("resource_metadata", of: challenge) {
            try check(named, "the metadata that WWW-Authenticate names", own)
            let answer = try await get(named, timeout)
            guard answer.status == 200 else { throw NetworkProbe.Failure(message: "\(named) answers \(Self.words(answer.status))") }
            guard let document = Self.object(answer.body) else { throw NetworkProbe.Failure(message: "\(named) is no JSON object") }
            return try resource(document, at: named, own)
        }
        let place = "\(own.origin)/.well-known/oauth-protected-resource"
        for address in own.path.isEmpty ? [place] : [place + own.path, place] {
            // A page for everything that is not there is no metadata either.
            guard let answer = try? await get(address, timeout), answer.status == 200, let document = Self.object(answer.body) else { continue }
            return try resource(document, at: address, own)
        }
        return nil
    }

    /// Reads the metadata of issuers, three at most; what was found, in words.
    func issuers(_ identifiers: [String], within timeout: Duration) async throws -> String {
        guard let own = Address(server) else { throw NetworkProbe.Failure(message: "the server's URL cannot be read") }
        var found: [String] = []
        for identifier in identifiers.prefix(Self.maximumIssuers) { found.append(try await issuer(identifier, timeout, own)) }
        return found.joined(separator: ", ")
    }

    private func resource(_ document: RawJSON, at address: String, _ own: Address) throws -> Resource {
        guard let name = document["resource"]?.string, let named = Address(name) else {
            throw NetworkProbe.Failure(message: "\(address) names no resource")
        }
        guard named.covers(own) else {
            throw NetworkProbe.Failure(message: "\(address) is of the resource \(name), not of \(own.origin)\(own.path): clients refuse it (RFC 9728, section 3.3)")
        }
        let issuers = document["authorization_servers"]?.elements?.compactMap(\.string) ?? []
        guard !issuers.isEmpty else { throw NetworkProbe.Failure(message: "\(address) names no authorization server") }
        return Resource(address: address, issuers: issuers)
    }

    private func issuer(_ identifier: String, _ timeout: Duration, _ own: Address) async throws -> String {
        let address = try check(identifier, "the authorization server", own)
        let (origin, path) = (address.origin, address.path)
        var places = ["\(origin)/.well-known/oauth-authorization-server\(path)", "\(origin)/.well-known/openid-configuration\(path)"]
        if !path.isEmpty { places.append("\(origin)\(path)/.well-known/openid-configuration") }
        var last = ""
        for place in places {
            let answer: (status: Int, body: [UInt8])
            do { answer = try await get(place, timeout) } catch let error as TransportError {
                last = "\(place): \(error.message)"
                continue
            }
            guard answer.status == 200, let document = Self.object(answer.body) else {
                last = "\(place) answers \(answer.status == 200 ? "no JSON object" : Self.words(answer.status))"
                continue
            }
            guard document["issuer"]?.string == identifier else {
                throw NetworkProbe.Failure(message: "\(place) is not of the issuer \(identifier): clients refuse it (RFC 8414, section 3.3)")
            }
            guard document["token_endpoint"]?.string != nil else { throw NetworkProbe.Failure(message: "\(place) names no token_endpoint") }
            let methods = document["code_challenge_methods_supported"]?.elements?.compactMap(\.string) ?? []
            if document["authorization_endpoint"] != nil, !methods.contains("S256") {
                throw NetworkProbe.Failure(message: "\(place) does not say that it takes S256 code challenges (PKCE): clients must not go on")
            }
            return identifier
        }
        throw NetworkProbe.Failure(message: "the authorization server \(identifier) has no metadata: \(last)")
    }

    /// An address that may be asked.
    @discardableResult
    private func check(_ text: String, _ what: String, _ own: Address) throws -> Address {
        guard let address = Address(text) else { throw NetworkProbe.Failure(message: "\(what) is no http or https URL: \(text.prefix(100))") }
        guard address.isSecure || !own.isSecure else { throw NetworkProbe.Failure(message: "\(what) is not under https: \(text.prefix(100))") }
        return address
    }

    private func get(_ address: String, _ timeout: Duration) async throws -> (status: Int, body: [UInt8]) {
        try await fetch(address, timeout, Self.maximumBytes)
    }

    private static func object(_ body: [UInt8]) -> RawJSON? {
        do {
            let json = try RawJSON(body)
            return json.kind == .object ? json : nil
        } catch {
            return nil // which the caller says in words
        }
    }

    private static func words(_ status: Int) -> String { "HTTP \(status)" + ((300..<400).contains(status) ? ", a redirect, which is not followed" : "") }

    /// The parts of an address that matter here.
    private struct Address {
        var isSecure: Bool
        /// Scheme, host and port, in lower case, without the scheme's own port.
        var origin: String
        /// Without a slash at its end, query and fragment.
        var path: String

        init?(_ text: String) {
            guard text.utf8.count <= 2_048, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
            let small = text.lowercased()
            isSecure = small.hasPrefix("https://")
            guard isSecure || small.hasPrefix("http://") else { return nil }
            let rest = text.dropFirst(isSecure ? 8 : 7)
            let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
            var authority = rest[..<end].lowercased()
            let usual = isSecure ? ":443" : ":80"
            if authority.hasSuffix(usual) { authority.removeLast(usual.count) }
            guard !authority.isEmpty, !authority.contains("@") else { return nil }
            origin = (isSecure ? "https://" : "http://") + authority
            var path = rest[end...].prefix { $0 != "?" && $0 != "#" }
            while path.hasSuffix("/") { path.removeLast() }
            self.path = String(path)
        }

        /// Whether this is the other address, or above it.
        func covers(_ other: Address) -> Bool { origin == other.origin && (other.path == path || other.path.hasPrefix(path + "/")) }
    }
}
