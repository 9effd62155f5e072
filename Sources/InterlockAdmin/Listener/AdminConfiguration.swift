public import InterlockHTTPServer

/// Where the admin listener listens, and who may use it.
public struct AdminConfiguration: Sendable {
    /// The address to bind. Any but a loopback address needs a ``token``.
    public var host = "127.0.0.1"
    /// The TCP port to bind; 0 lets the system choose, see ``AdminListener/listening()``.
    public var port = 0
    /// What must be presented as `Authorization: Bearer …` for everything but liveness and readiness; `nil` asks for nothing, on loopback only.
    public var token: AdminToken?
    /// Names accepted in the `Host` field besides the loopback names and ``host``, as `name` or `name:port`.
    public var allowedHosts: [String] = []
    /// Certificate and key; `nil` serves plain HTTP, on which a token can be read by whoever sees the traffic. Needs the package trait `TLS`.
    public var tls: TLSFiles?
    /// Dashboards that may be open at once; one more is answered 503.
    public var maximumEventStreams = 32

    /// The defaults: loopback, a port the system chooses.
    public init() {}

    /// The defaults at another address.
    public init(host: String = "127.0.0.1", port: Int, token: AdminToken? = nil) {
        self.host = host
        self.port = port
        self.token = token
    }

    /// Whether only this machine can reach the address.
    var isLoopback: Bool { LoopbackName.contains(host) }

    func validate() throws(AdminError) {
        guard isLoopback || token != nil else {
            throw AdminError(
                code: .tokenRequired,
                message: "the admin listener would be open to other machines at \(host): give it a token, or bind it to 127.0.0.1 and reach it through a tunnel")
        }
    }

    /// As the HTTP transport is told: little of everything, since a few people and a scraper use it.
    var http: HTTPServerConfiguration {
        var http = HTTPServerConfiguration(host: host, port: port)
        http.legacySSEPath = nil
        http.allowedHosts = allowedHosts
        http.eventLoopThreads = 1
        http.maximumConnections = 256
        http.connectionQueueDepth = 16
        http.maximumBodyBytes = 64 << 10
        http.bodyBudget = 1 << 20
        http.tls = tls
        return http
    }
}

/// Names and addresses that always mean this machine.
enum LoopbackName {
    static func contains(_ host: String) -> Bool {
        let name = host.lowercased()
        if name == "localhost" || name == "::1" || name == "[::1]" { return true }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}
