internal import InterlockConcurrency

extension RedisConfiguration {
    /// Reads a configuration from a URL.
    ///
    /// - `redis://user:password@host:6379/0?pool=4&prefix=x`: one server and its database; `rediss://` the same over TLS.
    /// - `redis+sentinel://h1:26379,h2:26379/mastername/0`: the master of a name.
    /// - `redis+cluster://h1:7000,h2:7001`: a cluster. `rediss+sentinel` and `rediss+cluster` speak TLS.
    ///
    /// User, password and values are percent-decoded. Options: `pool`, `prefix`, `name`, `budget` and `timeout` (milliseconds), `ca` (a file), and
    /// `sentinel-password`, if the sentinels ask for one of their own: user and password before the `@` are those of the servers they lead to.
    ///
    /// - Throws: ``RedisConfigurationError``, which says what is wrong without showing the password.
    public init(url: String) throws(RedisConfigurationError) {
        guard let separator = Self.firstRange(of: "://", in: url) else {
            throw RedisConfigurationError(.scheme, "a Redis URL begins with redis://, rediss://, redis+sentinel:// or redis+cluster://")
        }
        let scheme = url[..<separator.lowerBound].lowercased()
        let kinds = ["redis", "rediss", "redis+sentinel", "rediss+sentinel", "redis+cluster", "rediss+cluster"]
        guard kinds.contains(scheme) else {
            throw RedisConfigurationError(.scheme, "'\(scheme.prefix(32))' is no scheme of a Redis URL; use one of \(kinds.joined(separator: ", "))")
        }
        let rest = url[separator.upperBound...]
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        let parts = Self.parts(of: rest[end...])
        let (user, password, hosts) = try Self.credentials(rest[..<end])
        let port = scheme.hasSuffix("sentinel") ? 26_379 : 6_379
        var addresses: [NodeAddress] = []
        for host in hosts.split(separator: ",", omittingEmptySubsequences: false) { addresses.append(try Self.address(host, defaultPort: port)) }
        var path = parts.path.split(separator: "/").map(String.init)
        let topology: Topology
        if scheme.hasSuffix("sentinel") {
            guard !path.isEmpty else { throw RedisConfigurationError(.address, "a sentinel URL names the master after the hosts: redis+sentinel://host:26379/mymaster") }
            topology = .sentinel(addresses, master: try Self.decoded(path.removeFirst(), "the master's name"))
        } else if scheme.hasSuffix("cluster") {
            topology = .cluster(addresses)
        } else {
            guard addresses.count == 1 else { throw RedisConfigurationError(.address, "a redis:// URL names one host; for several use redis+cluster:// or redis+sentinel://") }
            topology = .single(addresses[0])
        }
        self.init(topology)
        self.user = user
        self.password = password
        usesTLS = scheme.hasPrefix("rediss")
        guard path.count <= 1 else { throw RedisConfigurationError(.address, "the path of a Redis URL is the number of a database, nothing more") }
        if let text = path.first {
            guard let number = Int(text), number >= 0 else { throw RedisConfigurationError(.option, "'\(text)' is no number of a database") }
            database = number
        }
        for option in parts.query.split(separator: "&") { try set(option) }
        try validate()
    }

    private mutating func set(_ option: Substring) throws(RedisConfigurationError) {
        let pair = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(pair[0])
        guard pair.count == 2 else { throw RedisConfigurationError(.option, "the option '\(name)' has no value") }
        let value = try Self.decoded(String(pair[1]), "the option '\(name)'")
        switch name {
        case "pool": poolSize = try Self.number(value, name)
        case "prefix": prefix = value
        case "name": clientName = value.isEmpty ? nil : value
        case "budget": budget = .milliseconds(try Self.number(value, name))
        case "timeout": connectTimeout = .milliseconds(try Self.number(value, name))
        case "ca": certificateAuthorities = value
        case "sentinel-password":
            guard case .sentinel = topology else { throw RedisConfigurationError(.option, "the option 'sentinel-password' is for a sentinel URL, and this one names no sentinels") }
            guard !value.isEmpty else { throw RedisConfigurationError(.credentials, "the sentinels' password is empty") }
            sentinelPassword = RedisPassword(value)
        default: throw RedisConfigurationError(.option, "'\(name)' is no option of a Redis URL; there are pool, prefix, name, budget, timeout, ca and sentinel-password")
        }
    }

    private static func number(_ text: String, _ name: String) throws(RedisConfigurationError) -> Int {
        guard let number = Int(text), number > 0 else { throw RedisConfigurationError(.option, "the option '\(name)' needs a whole number above 0, not '\(text)'") }
        return number
    }

    private static func parts(of tail: Substring) -> (path: Substring, query: Substring) {
        let tail = tail.prefix { $0 != "#" }
        guard let mark = tail.firstIndex(of: "?") else { return (tail, "") }
        return (tail[..<mark], tail[tail.index(after: mark)...])
    }

    private static func credentials(_ authority: Substring) throws(RedisConfigurationError) -> (String?, RedisPassword?, Substring) {
        guard let at = authority.lastIndex(of: "@") else { return (nil, nil, authority) }
        let userinfo = authority[..<at]
        let hosts = authority[authority.index(after: at)...]
        guard let colon = userinfo.firstIndex(of: ":") else {
            throw RedisConfigurationError(.credentials, "what stands before the @ must be user:password, or :password for the default user")
        }
        let user = try decoded(String(userinfo[..<colon]), "the user")
        let password = try decoded(String(userinfo[userinfo.index(after: colon)...]), "the password")
        guard !password.isEmpty else { throw RedisConfigurationError(.credentials, "the password is empty") }
        return (user.isEmpty ? nil : user, RedisPassword(password), hosts)
    }

    /// Says nothing of what it could not read: half of a password with an unescaped @ or / might stand here.
    private static func address(_ text: Substring, defaultPort: Int) throws(RedisConfigurationError) -> NodeAddress {
        var host = text
        var port: Substring?
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { throw RedisConfigurationError(.address, "an IPv6 address has no closing bracket") }
            host = text[text.index(after: text.startIndex)..<end]
            let after = text[text.index(after: end)...]
            guard after.isEmpty || after.first == ":" else { throw RedisConfigurationError(.address, "something stands after an IPv6 address that is no port") }
            port = after.isEmpty ? nil : after.dropFirst()
        } else if let colon = text.lastIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), text.first == "[" || !host.contains(":") else {
            throw RedisConfigurationError(.address, "a host is empty or no host name; a password's : @ / must be percent-encoded, an IPv6 address stands in brackets")
        }
        guard let port, !port.isEmpty else { return NodeAddress(host: String(host), port: defaultPort) }
        guard let number = UInt16(port), number > 0 else {
            throw RedisConfigurationError(.address, "a port is no number from 1 to 65535; a password's : @ / must be percent-encoded")
        }
        return NodeAddress(host: String(host), port: Int(number))
    }

    private static func decoded(_ text: String, _ what: String) throws(RedisConfigurationError) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap({ Character(UnicodeScalar($0)).hexDigitValue }),
                let low = rest.popFirst().flatMap({ Character(UnicodeScalar($0)).hexDigitValue })
            else { throw RedisConfigurationError(.option, "\(what) has a % that two hexadecimal digits do not follow") }
            bytes.append(UInt8(high << 4 | low))
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else { throw RedisConfigurationError(.option, "\(what) is not UTF-8 when percent-decoded") }
        return decoded
    }

    private static func firstRange(of part: String, in text: String) -> Range<String.Index>? {
        var start = text.startIndex
        while start < text.endIndex {
            if text[start...].hasPrefix(part) { return start..<text.index(start, offsetBy: part.count) }
            start = text.index(after: start)
        }
        return nil
    }
}
