/// Why a caller may not make a request, which the transport could not tell from its head.
public struct CallDenial: Sendable {
    /// What the caller lacks.
    public var message: String
    /// Header fields of the answer over HTTP, such as `WWW-Authenticate`; its status is 403.
    public var headers: [(name: String, value: String)]

    public init(message: String, headers: [(name: String, value: String)] = []) {
        self.message = message
        self.headers = headers
    }
}
