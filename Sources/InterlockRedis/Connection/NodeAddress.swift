/// Where one Redis server listens.
public struct NodeAddress: Sendable, Hashable, CustomStringConvertible {
    /// A name or an address, without the brackets of an IPv6 one.
    public var host: String
    public var port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
