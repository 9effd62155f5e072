import InterlockTransport
#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

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

/// A block of addresses, as `address/prefix length`. IPv4 addresses written inside IPv6 are taken as IPv4.
struct AddressRange: Sendable {
    private let prefix: [UInt8]
    private let length: Int

    init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let bytes = Self.bytes(of: String(first)) else { return nil }
        prefix = bytes
        if parts.count == 2 {
            guard let length = Int(parts[1]), (0...bytes.count * 8).contains(length) else { return nil }
            self.length = length
        } else {
            length = bytes.count * 8
        }
    }

    func contains(_ address: [UInt8]) -> Bool {
        guard address.count == prefix.count else { return false }
        let whole = length / 8
        guard address[..<whole] == prefix[..<whole] else { return false }
        let rest = length % 8
        return rest == 0 || (address[whole] ^ prefix[whole]) >> (8 - rest) == 0
    }

    /// The address in network order, 4 or 16 bytes; `nil` if `text` is no address.
    static func bytes(of text: String) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 { return Array(bytes[..<4]) }
        guard inet_pton(AF_INET6, text, &bytes) == 1 else { return nil }
        let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        return isMapped ? Array(bytes[12...]) : bytes
    }
}
