import InterlockHTTPServer
import InterlockTransport

/// Who may have an answer: whoever presents the token, if there is one, and no page of another site.
///
/// On loopback without a token anybody on this machine is let in, and so would be any web page its browser shows. Such a
/// page cannot read answers, but it could send requests; its browser says where they come from, and those are refused.
struct AdminAccess: Sendable {
    let token: AdminToken?

    /// What to refuse a request with; `nil` lets it pass.
    func refusal(of request: HTTPRouteRequest) -> HTTPRouteResponse? {
        if isForeign(request) {
            return AdminAnswer.error(403, "cross_origin", "requests from pages of other sites are not answered here")
        }
        guard let token, !token.isPresented(by: request.headers.first("authorization")) else { return nil }
        var response = AdminAnswer.error(401, "unauthorized", "present the admin token as \"Authorization: Bearer …\"")
        response.headers.append(("www-authenticate", "Bearer realm=\"interlock admin\""))
        return response
    }

    /// As `refusal(of:)`, for what is done only for whoever has presented a token.
    func strictRefusal(of request: HTTPRouteRequest) -> HTTPRouteResponse? {
        if let refusal = refusal(of: request) { return refusal }
        if token != nil { return nil }
        return AdminAnswer.error(403, "token_required", "this is done only for whoever presents a token, and the admin listener has none: start it with one")
    }

    /// Whether a browser says that another site's page has sent it (Fetch Metadata, RFC 6454).
    private func isForeign(_ request: HTTPRouteRequest) -> Bool {
        if let site = request.headers.first("sec-fetch-site"), site != "same-origin", site != "none" { return true }
        guard let origin = request.headers.first("origin") else { return false }
        let host = request.headers.first("host") ?? ""
        return origin != "http://\(host)" && origin != "https://\(host)"
    }
}
