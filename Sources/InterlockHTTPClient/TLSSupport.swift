internal import InterlockTransport
internal import NIOCore
#if TLS
internal import NIOSSL
#endif

/// What stands between the socket and HTTP for `https`; there in builds with the trait `TLS`.
enum TLSSupport {
    /// Refuses `https` where there is no TLS.
    static func check(_ server: ServerURL) throws(TransportError) {
        #if !TLS
        if server.isSecure {
            throw TransportError(.misuse, "'\(server)' needs TLS, which this build leaves out; build with the package trait TLS")
        }
        #endif
    }

    /// Prepares a channel; call on its event loop.
    static func prepare(_ channel: any Channel, for server: ServerURL) throws {
        #if TLS
        guard server.isSecure else { return }
        let isAddress = (try? SocketAddress(ipAddress: server.host, port: server.port)) != nil
        let handler = try NIOSSLClientHandler(context: context.get(), serverHostname: isAddress ? nil : server.host)
        try channel.pipeline.syncOperations.addHandler(handler)
        #endif
    }

    #if TLS
    private static let context = Result { try NIOSSLContext(configuration: .makeClientConfiguration()) }
    #endif
}
