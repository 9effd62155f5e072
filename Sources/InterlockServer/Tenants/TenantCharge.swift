import InterlockProtocol
public import InterlockTransport

/// How much of a call has been charged before the call is known: what keeps a tenant from being charged twice.
public enum TenantCharge: Sendable, Hashable {
    /// Nothing: a transport without heads, or a further call of a batch.
    case nothing
    /// One unit, for the request the call came in.
    case request
    /// All: the head named the tool.
    case whole

    /// What ``TenantGate`` charged for the request of this context.
    ///
    /// Any further call of a batch has had ``nothing`` charged.
    public init(_ context: RequestContext) {
        guard let headers = context.headers, !context.isFurtherOfBatch else {
            self = .nothing
            return
        }
        self = Self.tool(named: headers) == nil ? .request : .whole
    }

    /// The tool a head names, where the revision makes the head mirror the body (2026-07-28, Transports › Streamable HTTP).
    ///
    /// The server compares the fields with the body before it runs anything, so a head that lies is refused there.
    static func tool(named headers: any HeaderFields) -> String? {
        guard let method = headers.first(RoutingHeaders.method), method == Method.toolsCall,
            let version = headers.first(RoutingHeaders.protocolVersion), ProtocolRevision(rawValue: version)?.isModern == true,
            let name = headers.first(RoutingHeaders.name)
        else { return nil }
        do throws(HeaderValue.Malformed) {
            return try HeaderValue.decode(name)
        } catch {
            return nil // The server answers a malformed field with -32020; here it is charged as any request.
        }
    }
}
