/// A public document that anybody may get without a credential, for a server to answer GET with.
public struct WellKnownDocument: Sendable, Hashable {
    /// The exact path.
    public let path: String
    /// The bytes.
    public let body: [UInt8]

    /// Makes a document.
    public init(path: String, body: [UInt8]) {
        self.path = path
        self.body = body
    }

    /// The header fields that belong to it: clients in browsers read it from other origins, and for an hour nobody asks again.
    public static let headers: [(name: String, value: String)] = [
        ("content-type", "application/json"), ("cache-control", "public, max-age=3600"), ("access-control-allow-origin", "*"),
    ]
}
