internal import InterlockStorage
internal import NIOCore
#if TLS
internal import NIOSSL
#endif

/// What stands between the socket and the protocol for `rediss`; there in builds with the trait `TLS`.
struct RedisTLS: Sendable {
    #if TLS
    private let context: NIOSSLContext?
    #endif

    /// Reads the certificates to trust; refuses TLS where this build has none.
    ///
    /// - Parameter authorities: a PEM file; `nil` for the system's certificates.
    init(isUsed: Bool, authorities: String?) throws(RedisConfigurationError) {
        #if TLS
        guard isUsed else {
            context = nil
            return
        }
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if let authorities { tls.trustRoots = .file(authorities) }
        do {
            context = try NIOSSLContext(configuration: tls)
        } catch {
            throw RedisConfigurationError(.tls, "Redis: TLS cannot be set up with \(authorities.map { "'\($0)'" } ?? "the system's certificates"): \(error)")
        }
        #else
        if isUsed { throw RedisConfigurationError(.tls, "Redis: TLS was asked for, but this build has none; build with the package trait TLS") }
        #endif
    }

    /// What a failed handshake means; `nil` for other errors.
    static func explanation(of error: any Error) -> String? {
        #if TLS
        guard case .handshakeFailed(let cause)? = error as? NIOSSLError else { return nil }
        if "\(cause)".contains("CERTIFICATE_VERIFY_FAILED") {
            return "its certificate is not signed by a trusted authority, or not for this host; name the authority's certificates if it is a private one"
        }
        return "the TLS handshake failed: \(cause)"
        #else
        return nil
        #endif
    }

    /// Adds the layer, first of all handlers; call on the channel's event loop.
    func prepare(_ channel: any Channel, host: String) throws {
        #if TLS
        guard let context else { return }
        // An address has no server name to ask for; that it is one shows by whether it can be read as one.
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        try channel.pipeline.syncOperations.addHandler(try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host))
        #endif
    }
}
