import Crypto

/// Signs what is sent to a webhook, so that the receiver knows who sent it and that nobody changed it.
///
/// The header `Interlock-Signature: t=<seconds since 1970>,v1=<hex>` holds the HMAC-SHA256 of the text `<seconds>.<body>`. A
/// receiver compares in constant time, and refuses times that are minutes off, which keeps old messages from being played again.
public struct AlertSigner: Sendable, CustomStringConvertible {
    /// The name of the header.
    public static let headerName = "Interlock-Signature"
    private static let fewestBytes = 16

    private let key: SymmetricKey

    /// Makes a signer; `nil` for a secret of less than 16 bytes, which could be guessed.
    public init?(secret: [UInt8]) {
        guard secret.count >= Self.fewestBytes else { return nil }
        key = SymmetricKey(data: secret)
    }

    /// The value of the header for a body that is sent now.
    ///
    /// - Parameter wallTime: Milliseconds since the Unix epoch.
    public func signature(of body: [UInt8], wallTime: Int64) -> String {
        let seconds = wallTime / 1_000
        var authentication = HMAC<SHA256>(key: key)
        authentication.update(data: Array("\(seconds).".utf8))
        authentication.update(data: body)
        let hex = authentication.finalize().map { HexDigits.text($0) }.joined()
        return "t=\(seconds),v1=\(hex)"
    }

    /// Never the secret.
    public var description: String { "AlertSigner" }
}
