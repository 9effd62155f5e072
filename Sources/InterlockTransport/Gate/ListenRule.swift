/// Whether a server may listen on an address without asking anybody for a credential.
///
/// Only an address that no other machine reaches needs no authorization; everything else has to be asked for in so many words.
public enum ListenRule {
    /// What there is to do instead, as refusals spell it.
    public struct Remedies: Sendable {
        /// How callers are made to prove who they are.
        public var authorize: String
        /// How it is said that nobody has to.
        public var allow: String

        public init(authorize: String, allow: String) {
            self.authorize = authorize
            self.allow = allow
        }
    }

    /// What the rule says.
    public enum Verdict: Sendable, Hashable {
        case allowed
        /// Do not listen; the text says why, and what to do.
        case refused(String)
    }

    /// Decides about one address.
    ///
    /// - Parameters:
    ///   - address: A host name or a numeric address, with or without brackets, without a port; `unix:` and a path for a socket in the file system.
    ///   - isAuthorized: Whether a gate asks for credentials.
    ///   - allowsUnauthenticated: Whether it was said by name that nobody is asked.
    ///   - remedies: What a refusal proposes.
    public static func decide(address: String, isAuthorized: Bool, allowsUnauthenticated: Bool, remedies: Remedies) -> Verdict {
        if isAuthorized || allowsUnauthenticated || isLocal(address) { return .allowed }
        return .refused(
            "refusing to listen on \(printable(address)) without authorization, because other machines can reach it: \(remedies.authorize), "
                + "listen on 127.0.0.1 instead, or \(remedies.allow) if something in front of this server authenticates its callers")
    }

    /// Whether only this machine reaches an address: `localhost`, 127.0.0.0/8 in four decimal parts, `::1` in any spelling, or a socket file.
    public static func isLocal(_ address: String) -> Bool {
        if address.hasPrefix("unix:") { return true }
        var host = Substring(address.lowercased())
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        if host == "localhost" || host == "localhost." { return true }
        if let octets = octets(host) { return octets[0] == 127 }
        return isLoopbackSix(host)
    }

    private static func octets(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var octets: [UInt8] = []
        for part in parts {
            // A leading zero would be octal to some readers; what two readers understand differently is not local.
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (0x30...0x39).contains($0) }), part.count == 1 || part.first != "0",
                let octet = UInt8(part)
            else { return nil }
            octets.append(octet)
        }
        return octets
    }

    /// Reads `::1`, its longer spellings, and 127.0.0.0/8 mapped into IPv6. A zone is not taken off: a loopback address has none.
    private static func isLoopbackSix(_ text: Substring) -> Bool {
        if text.hasPrefix("::ffff:"), let octets = octets(text.dropFirst(7)) { return octets[0] == 127 }
        let halves = text.split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
        guard text.contains(":"), halves.count <= 2 else { return false }
        var groups: [[UInt16]] = []
        for half in halves {
            var numbers: [UInt16] = []
            for group in half.split(separator: ":", omittingEmptySubsequences: false) where !half.isEmpty {
                guard (1...4).contains(group.utf8.count), let number = UInt16(group, radix: 16), group.utf8.first != UInt8(ascii: "+") else { return false }
                numbers.append(number)
            }
            groups.append(numbers)
        }
        let all = groups.flatMap { $0 }
        guard halves.count == 2 ? all.count < 8 : all.count == 8 else { return false }
        guard all.last == 1, groups.last?.isEmpty == false else { return false }
        return all.dropLast().allSatisfy { $0 == 0 }
    }

    private static func printable(_ address: String) -> String {
        let plain = address.unicodeScalars.filter { (0x21...0x7E).contains($0.value) }
        return "\"\(String(String.UnicodeScalarView(plain.prefix(80))))\""
    }
}
