import InterlockTransport

/// The proxies whose word on the client's address counts.
struct TrustedProxies: Sendable {
    private let ranges: [AddressRange]

    init(_ texts: [String]) throws(TransportError) {
        var ranges: [AddressRange] = []
        for text in texts {
            guard let range = AddressRange(text) else {
                throw TransportError(
                    .misuse, "HTTP server configuration: trustedProxies has \"\(text)\": write an address or a range such as \"10.0.0.0/8\"")
            }
            ranges.append(range)
        }
        self.ranges = ranges
    }

    /// Whether `address` is one of the proxies.
    func contains(_ address: String) -> Bool {
        guard !ranges.isEmpty, let bytes = AddressRange.bytes(of: address) else { return false }
        return ranges.contains { $0.contains(bytes) }
    }

    /// The client's address: the last of `X-Forwarded-For` that is no proxy of ours. Addresses before it are hearsay.
    func client(forwardedFor: String, through peer: String) -> String {
        var client = peer
        for part in forwardedFor.split(separator: ",").reversed() {
            let address = String(part.trimmedField)
            guard AddressRange.bytes(of: address) != nil else { return client }
            client = address
            if !contains(address) { return client }
        }
        return client
    }
}
