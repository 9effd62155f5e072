/// Decides which `Origin` values may use the server. Spec: 2026-07-28, Transports › Streamable HTTP › Security.
struct OriginAllowList: Sendable {
    private let acceptsAll: Bool
    private let acceptsLoopback: Bool
    private let entries: [Origin]

    private struct Origin: Sendable, Equatable {
        var scheme: String
        var authority: Authority

        init?(_ text: some StringProtocol) {
            let parts = text.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[1].hasPrefix("//"), let authority = Authority(parsing: parts[1].dropFirst(2)) else { return nil }
            scheme = parts[0].lowercased()
            self.authority = authority
            if self.authority.port == nil { self.authority.port = scheme == "https" ? 443 : scheme == "http" ? 80 : nil }
        }
    }

    init(origins: [String], boundTo host: String) {
        acceptsAll = origins.contains("*")
        acceptsLoopback = Authority(name: Authority.canonical(host), port: nil).isLoopback
        entries = origins.compactMap { Origin($0) }
    }

    func allows(_ text: String) -> Bool {
        if acceptsAll { return true }
        guard let origin = Origin(text) else { return false }
        return acceptsLoopback && origin.authority.isLoopback || entries.contains(origin)
    }
}
