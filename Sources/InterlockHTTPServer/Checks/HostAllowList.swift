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
