/// A certificate that a server presented, as far as it explains why the server was not trusted.
struct PresentedCertificate: Sendable, Hashable {
    /// The host names and addresses that it was made for.
    var names: [String]
    /// Seconds since the Unix epoch, from when and until when it is valid.
    var notBefore: Int64
    var notAfter: Int64

    private static let day: Int64 = 86_400

    /// What is wrong with a chain of certificates, the server's own first, and what to do about it.
    ///
    /// What can be read off a certificate comes first; where nothing can, it is its authority that is not trusted.
    static func fault(of chain: [PresentedCertificate], for host: String, at now: Int64) -> String {
        for (place, certificate) in chain.enumerated() {
            let which = place == 0 ? "its certificate" : "the certificate of an authority of its chain"
            if now > certificate.notAfter {
                return "\(which) expired \(days(now - certificate.notAfter)) ago: renew it, and let the server load the new one"
            }
            if now < certificate.notBefore {
                return "\(which) is valid only in \(days(certificate.notBefore - now)): compare the clocks of both machines"
            }
        }
        guard let own = chain.first else { return "it presented no certificate" }
        if !own.isFor(host) {
            let names = own.names.prefix(5).joined(separator: ", ") + (own.names.count > 5 ? ", …" : "")
            return "its certificate is \(names.isEmpty ? "for no name at all" : "for \(names)"), not for '\(host)': reach it by a name that it is for, "
                + "or get one for this name"
        }
        return "its certificate is not signed by an authority that this machine trusts: give that authority's certificate with --cacert "
            + "(certificateAuthorities), and let the server send the certificates in between along"
    }

    /// How long it is valid yet, for somebody who may have to renew it.
    func validity(at now: Int64) -> String {
        let left = notAfter - now
        return "its certificate is valid for \(Self.days(left))" + (left < 14 * Self.day ? " only: renew it" : "")
    }

    /// Whether it was made for a host; a star stands for one label, the first.
    func isFor(_ host: String) -> Bool {
        let host = host.lowercased()
        return names.contains { name in
            let name = name.lowercased()
            guard name.hasPrefix("*.") else { return name == host }
            return host.firstIndex(of: ".").map { host[$0...] == name.dropFirst() } ?? false
        }
    }

    private static func days(_ seconds: Int64) -> String {
        let hours = max(0, seconds) / 3_600
        return hours < 48 ? "\(hours) \(hours == 1 ? "hour" : "hours")" : "\(hours / 24) days"
    }
}
