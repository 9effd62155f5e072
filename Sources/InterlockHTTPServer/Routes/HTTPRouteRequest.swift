public import InterlockTransport

/// A request for a route.
public struct HTTPRouteRequest: Sendable {
    /// The method as sent.
    public var method: String
    /// The request target as sent, path and query.
    public var target: String
    /// The header fields.
    public var headers: any HeaderFields
    /// The whole body.
    public var body: [UInt8]
}
