/// Decides which `Host` values are ours.
///
/// A page on another site can make a browser send requests here by pointing its own name at this machine (DNS rebinding);
/// the name it must then send in `Host` gives it away. Loopback names cannot be such a name and are always let in.
struct HostAllowList: Sendable {
    private let acceptsAll: Bool
    private let entries: [Authority]

    init(names: [String], boundTo host: String) {
        acceptsAll = names.contains("*")
        let bound = Self.isWildcard(host) ? [] : [Authority(name: Authority.canonical(host), port: nil)]
        entries = bound + names.compactMap(Authority.init(parsing:))
    }

    func allows(_ host: String) -> Bool {
        if acceptsAll { return true }
        guard let authority = Authority(parsing: host) else { return false }
        return authority.isLoopback || entries.contains { $0.covers(authority) }
    }

    static func isWildcard(_ host: String) -> Bool { host == "0.0.0.0" || host == "::" || host == "[::]" }
}

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

/// A host name or address with an optional port.
struct Authority: Sendable, Equatable {
    var name: String
    var port: Int?

    init(name: String, port: Int?) {
        self.name = name
        self.port = port
    }

    /// Reads `name`, `name:port`, `[v6]` or `[v6]:port`; `nil` for anything else.
    init?(parsing text: some StringProtocol) {
        let text = text.trimmedField
        let portText: Substring?
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return nil }
            name = Self.canonical(String(text[text.index(after: text.startIndex)..<end]))
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.first == ":" else { return nil }
            portText = rest.isEmpty ? nil : Substring(rest.dropFirst())
        } else {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count <= 2, let first = parts.first, !first.isEmpty else { return nil }
            let allowed: (UInt8) -> Bool = { $0 > 0x20 && $0 != 0x7F && !"/\\@#?\"<>,".utf8.contains($0) }
            guard first.utf8.allSatisfy(allowed) else { return nil }
            name = Self.canonical(String(first))
            portText = parts.count == 2 ? Substring(parts[1]) : nil
        }
        if let portText {
            guard let number = UInt16(portText), portText.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
            port = Int(number)
        }
    }

    static func canonical(_ name: String) -> String {
        var name = name.lowercased()
        if name.hasPrefix("["), name.hasSuffix("]") { name = String(name.dropFirst().dropLast()) }
        if name.hasSuffix("."), name.count > 1 { name.removeLast() }
        return name
    }

    var isLoopback: Bool {
        if name == "localhost" || name == "::1" || name == "127.0.0.1" { return true }
        return name.hasPrefix("127.") && AddressRange.bytes(of: name)?.count == 4
    }

    /// Whether this entry of a list lets `other` in: the same name, and the same port if the entry names one.
    func covers(_ other: Authority) -> Bool {
        name == other.name && (port == nil || port == other.port)
    }
}
