import InterlockTransport
import NIOCore
#if TLS
import NIOSSL
#endif

/// Puts TLS under a connection: built once per server, used by every connection.
///
/// Which HTTP is spoken shows in the first bytes, so what ALPN settled need not be asked.
struct TLSLayer: Sendable {
    #if TLS
    private let context: NIOSSLContext

    init(_ files: TLSFiles) throws(TransportError) {
        do {
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMFile(files.certificate).map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: files.key, format: .pem)))
            configuration.applicationProtocols = ["h2", "http/1.1"]
            configuration.minimumTLSVersion = .tlsv12
            context = try NIOSSLContext(configuration: configuration)
        } catch {
            throw TransportError(
                .misuse, "HTTP server: the certificate \(files.certificate) and key \(files.key) cannot be used: \(error)", cause: error)
        }
    }

    /// Adds the layer. Call on the channel's event loop, first of all handlers.
    func add(to channel: any Channel) throws {
        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
    }
    #else
    init(_ files: TLSFiles) throws(TransportError) {
        throw TransportError(.misuse, "HTTP server: TLS was asked for, but this build has none; build with the package trait TLS")
    }

    func add(to channel: any Channel) throws {}
    #endif
}
