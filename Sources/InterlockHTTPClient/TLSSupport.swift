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
            throw TransportError(.misuse, "'\(server.origin)' needs TLS, which this build leaves out; build with the package trait TLS")
        }
        #endif
    }

    #if TLS
    /// Whether a handshake failed because the server's certificate was not trusted, or not made for its name.
    static func isDistrust(_ error: any Error) -> Bool {
        if case .handshakeFailed(let cause)? = error as? NIOSSLError { return "\(cause)".contains("CERTIFICATE_VERIFY_FAILED") }
        return error as? NIOSSLExtraError == .failedToValidateHostname
    }

    /// Prepares a channel that hands over the certificates it is shown and refuses them, whatever they are; call on its event loop.
    func prepareToRefuse(_ channel: any Channel, _ seen: @escaping @Sendable ([PresentedCertificate]) -> Void) throws {
        guard let context else { return }
        let handler = try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : server.host, customVerificationCallback: { chain, verdict in
            seen(chain.map(Self.presented))
            verdict.succeed(.failed)
        })
        try channel.pipeline.syncOperations.addHandler(handler)
    }

    /// A certificate as far as a refusal is explained by it.
    static func presented(_ certificate: NIOSSLCertificate) -> PresentedCertificate {
        let names = certificate._subjectAlternativeNames().compactMap { name -> String? in
            switch name.nameType {
            case .dnsName: String(decoding: name.contents, as: UTF8.self)
            // An address of neither length is no address, and names nobody.
            case .ipAddress: try? SocketAddress(packedIPAddress: ByteBuffer(bytes: name.contents), port: 0).ipAddress
            default: nil
            }
        }
        return PresentedCertificate(names: names, notBefore: Int64(certificate.notValidBefore), notAfter: Int64(certificate.notValidAfter))
    }

    private var isAddress: Bool { (try? SocketAddress(ipAddress: server.host, port: server.port)) != nil }
    #endif

    /// What a failed handshake means; `nil` for other errors.
    static func explanation(of error: any Error) -> String? {
        #if TLS
        if error as? NIOSSLExtraError == .failedToValidateHostname {
            return "its certificate is for another name; reach it by the name that the certificate is for (`interlock probe` says which)"
        }
        guard case .handshakeFailed(let cause)? = error as? NIOSSLError else { return nil }
        if "\(cause)".contains("CERTIFICATE_VERIFY_FAILED") {
            return "its certificate is not signed by a trusted authority, or has expired (`interlock probe` says which); give the authority's certificates "
                + "(certificateAuthorities, --cacert) if it is a private one"
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
        let handler = try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : server.host)
        try channel.pipeline.syncOperations.addHandler(handler)
        #endif
    }
}
