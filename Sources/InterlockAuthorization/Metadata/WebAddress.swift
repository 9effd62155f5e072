import InterlockTransport

/// An `https` or `http` URI, taken apart strictly: what two parsers could read in two ways is refused.
struct WebAddress: Sendable, Hashable {
    var isSecure: Bool
    /// In lower case; an IPv6 address with its brackets.
    var host: String
    /// `nil` if it is the scheme's own.
    var port: Int?
    /// Empty, or from the first slash on.
    var path: String
    var query: String?
    var fragment: String?

    /// Takes a URI apart.
    ///
    /// - Parameter purpose: What it is for, as an error names it.
    init(_ text: String, for purpose: String) throws(AuthorizationError) {
        func invalid(_ reason: String) -> AuthorizationError { AuthorizationError(.invalidAddress, "\(purpose) is no usable URI: \(reason)") }
        let forbidden = Set("\"<>\\^`{|}".utf8)
        guard text.utf8.count <= 2_048 else { throw invalid("it is longer than 2,048 bytes") }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !forbidden.contains($0) }) else {
            throw invalid("it has characters that a URI must encode")
        }
        var rest = Substring(text)
        if rest.lowercased().hasPrefix("https://") {
            (isSecure, rest) = (true, rest.dropFirst(8))
        } else if rest.lowercased().hasPrefix("http://") {
            (isSecure, rest) = (false, rest.dropFirst(7))
        } else {
            throw invalid("it must begin with https:// or http://")
        }
        if let mark = rest.firstIndex(of: "#") {
            fragment = String(rest[rest.index(after: mark)...])
            rest = rest[..<mark]
        }
        if let mark = rest.firstIndex(of: "?") {
            query = String(rest[rest.index(after: mark)...])
            rest = rest[..<mark]
        }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        path = String(rest[slash...])
        let authority = rest[..<slash]
        guard !authority.contains("@") else { throw invalid("it names a user; credentials do not belong into a URI") }
        var name = authority
        if let close = authority.lastIndex(of: "]") {
            let after = authority[authority.index(after: close)...]
            guard authority.hasPrefix("["), after.isEmpty || after.hasPrefix(":") else { throw invalid("its host is not well formed") }
            name = authority[...close]
        } else if let colon = authority.firstIndex(of: ":") {
            name = authority[..<colon]
        }
        let digits = authority[name.endIndex...]
        if !digits.isEmpty {
            guard let number = Int(digits.dropFirst()), (1...65_535).contains(number), digits.dropFirst().utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
                throw invalid("its port is no number from 1 to 65535")
            }
            port = number == (isSecure ? 443 : 80) ? nil : number
        }
        let inner = name.hasPrefix("[") ? name.dropFirst().dropLast() : name
        let isHost: (UInt8) -> Bool = { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "."), UInt8(ascii: "-"): true
            case UInt8(ascii: ":"): name.hasPrefix("[")
            default: false
            }
        }
        guard !inner.isEmpty, inner.utf8.allSatisfy(isHost) else { throw invalid("its host is not well formed") }
        host = name.lowercased()
        guard !path.split(separator: "/").contains(where: { $0 == "." || $0 == ".." }) else { throw invalid("its path has dot segments; write the path out") }
    }

    /// Scheme, host and port.
    var origin: String { (isSecure ? "https://" : "http://") + host + (port.map { ":\($0)" } ?? "") }

    /// The path without a slash at its end.
    var trimmedPath: String {
        var path = Substring(path)
        while path.hasSuffix("/") { path = path.dropLast() }
        return String(path)
    }

    var isLoopback: Bool { ListenRule.isLocal(host) }
}
