internal import InterlockTransport
internal import NIOCore
#if TLS
internal import NIOSSL
#endif

/// What stands between the socket and HTTP for `https`; there in builds with the trait `TLS`.
struct TLSSupport: Sendable {
    #if TLS
    private let context: NIOSSLContext?
    #endif
    private let server: ServerURL

    /// Reads the certificates to trust; refuses `https` where there is no TLS.
    init(_ server: ServerURL, _ configuration: HTTPClientConfiguration) throws(TransportError) {
        self.server = server
        #if TLS
        guard server.isSecure else {
            context = nil
            return
        }
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.applicationProtocols = configuration.version == .http2 ? ["h2"] : ["http/1.1"]
        if let file = configuration.certificateAuthorities { tls.trustRoots = .file(file) }
        do {
            context = try NIOSSLContext(configuration: tls)
        } catch {
            let file = configuration.certificateAuthorities.map { "'\($0)'" } ?? "the system's certificates"
            throw TransportError(.misuse, "TLS cannot be set up with \(file): \(error)", cause: error)
        }
        #else
        if server.isSecure {
            throw TransportError(.misuse, "'\(server)' needs TLS, which this build leaves out; build with the package trait TLS")
        }
        #endif
    }

    /// What a failed handshake means; `nil` for other errors.
    static func explanation(of error: any Error) -> String? {
        #if TLS
        guard case .handshakeFailed(let cause)? = error as? NIOSSLError else { return nil }
        if "\(cause)".contains("CERTIFICATE_VERIFY_FAILED") {
            return "its certificate is not signed by a trusted authority, or not for this host; give the authority's certificates (certificateAuthorities, --cacert) if it is a private one"
        }
        return "the TLS handshake failed: \(cause)"
        #else
        return nil
        #endif
    }

    /// Prepares a channel; call on its event loop.
    func prepare(_ channel: any Channel) throws {
        #if TLS
        guard let context else { return }
        let isAddress = (try? SocketAddress(ipAddress: server.host, port: server.port)) != nil
        let handler = try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : server.host)
        try channel.pipeline.syncOperations.addHandler(handler)
        #endif
    }
}
