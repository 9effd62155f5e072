internal import InterlockTransport

/// The parts of an `http` or `https` URL that a request needs.
struct ServerURL: Sendable, Hashable, CustomStringConvertible {
    let isSecure: Bool
    /// Lower case, without the brackets of an IPv6 address.
    let host: String
    let port: Int
    /// Path and query, at least `/`.
    let target: String

    init(_ text: String) throws(TransportError) {
        let lowercased = text.lowercased()
        let isSecure = lowercased.hasPrefix("https://")
        guard isSecure || lowercased.hasPrefix("http://") else {
            throw TransportError(.misuse, "'\(Self.shown(text))' is no http or https URL")
        }
        let rest = text.dropFirst(isSecure ? 8 : 7)
        let authorityEnd = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        let authority = rest[..<authorityEnd]
        guard !authority.contains("@") else {
            throw TransportError(.misuse, "a URL with a user name or password is refused; put the credential into a header")
        }
        let tail = rest[authorityEnd...].prefix { $0 != "#" }
        self.isSecure = isSecure
        (host, port) = try Self.split(authority, defaultPort: isSecure ? 443 : 80, of: text)
        target = tail.first == "/" ? String(tail) : "/" + tail
        guard target.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw TransportError(.misuse, "the path of '\(Self.shown(text))' has characters that have to be percent-encoded")
        }
    }

    /// Stands in where a URL was refused; it leads nowhere.
    static let unusable = ServerURL(isSecure: false, host: "invalid", port: 1, target: "/")

    private init(isSecure: Bool, host: String, port: Int, target: String) {
        self.isSecure = isSecure
        self.host = host
        self.port = port
        self.target = target
    }

    private static func split(_ authority: Substring, defaultPort: Int, of url: String) throws(TransportError) -> (String, Int) {
        var host = authority
        var portText: Substring?
        if authority.first == "[" {
            guard let end = authority.firstIndex(of: "]") else { throw TransportError(.misuse, "'\(shown(url))' has an unfinished IPv6 address") }
            host = authority[authority.index(after: authority.startIndex)..<end]
            let after = authority[authority.index(after: end)...]
            guard after.isEmpty || after.first == ":" else { throw TransportError(.misuse, "'\(shown(url))' has something after its IPv6 address") }
            portText = after.isEmpty ? nil : after.dropFirst()
        } else if let colon = authority.lastIndex(of: ":") {
            host = authority[..<colon]
            portText = authority[authority.index(after: colon)...]
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw TransportError(.misuse, "'\(shown(url))' has no valid host") }
        guard let portText, !portText.isEmpty else { return (host.lowercased(), defaultPort) }
        guard let port = UInt16(portText), port > 0 else { throw TransportError(.misuse, "'\(shown(url))' has no valid port") }
        return (host.lowercased(), Int(port))
    }

    /// A URL as a message may name it: up to its query, and without what stands before its host, because either may hold a secret.
    private static func shown(_ text: String) -> String {
        let whole = text.prefix { $0 != "?" && $0 != "#" }
        let start = whole.firstRange(of: "://")?.upperBound ?? whole.startIndex
        let authority = whole[start...].prefix { $0 != "/" }
        let place = authority.lastIndex(of: "@").map { "\(whole[..<start])***\(whole[$0...])" } ?? String(whole)
        return whole.endIndex == text.endIndex ? place : place + "?***"
    }

    /// The value of the `Host` field.
    var hostField: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    /// Scheme, host and port.
    var origin: String { "\(isSecure ? "https" : "http")://\(hostField)" }

    var description: String { origin + target }

    /// The URL that a reference found at this one leads to: absolute, from the root, or beside this path.
    func resolving(_ reference: String) throws(TransportError) -> ServerURL {
        if reference.contains("://") { return try ServerURL(reference) }
        if reference.hasPrefix("//") { return try ServerURL((isSecure ? "https:" : "http:") + reference) }
        let path: String
        if reference.hasPrefix("/") {
            path = reference
        } else {
            let base = target.prefix { $0 != "?" }
            path = reference.hasPrefix("?") ? base + reference : String(base[...base.lastIndex(of: "/")!]) + reference
        }
        return try ServerURL(origin + path)
    }
}
