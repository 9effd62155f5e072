/// Where the server's certificate and key are: PEM files, read once when the server starts.
public struct TLSFiles: Sendable, Hashable {
    /// The certificate, followed by its chain.
    public var certificate: String
    /// The private key that belongs to the certificate.
    public var key: String

    /// Names the two files.
    public init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}
