import InterlockTransport

/// Everything that can be decided about a request from its head: what it is for, or why not.
///
/// Immutable and shared by all connections; a class, so that a request costs one reference to it. The gate comes after it, the body after the gate.
final class HeadChecks: Sendable {
    /// What an admitted request is for.
    enum Purpose: Sendable {
        case message
        case openStream
        case endSession
        case legacyStream
        case legacyMessage(connection: String)
        case route(HTTPRoute)
    }

    enum Verdict {
        /// `nil` as the reason for an answer that refuses nothing: that of a browser's preflight.
        case refuse(Reason?, OutboundResponse)
        case proceed(Purpose)
    }

    /// Why a request is refused, as traces call it.
    enum Reason: String {
        case host, origin, path, method, draining, accept, length
        case content = "content_type"
    }

    private typealias Problem = (Reason, OutboundResponse)

    /// Field values that passed on this connection. The next request usually repeats them, so comparing is enough.
    struct Passed {
        var host: String?
        var origin: String?
        var accept: String?
        var contentType: String?
    }

    private let path: String
    private let legacySSEPath: String?
    private let legacyMessagesPath: String
    private let corsEnabled: Bool
    private let maximumBodyBytes: Int
    private let hosts: HostAllowList
    private let origins: OriginAllowList
    private let routes: [HTTPRoute]
    private static let modernRevision = "2026-07-28"

    init(_ configuration: HTTPServerConfiguration, routes: [HTTPRoute]) {
        path = configuration.path
        legacySSEPath = configuration.legacySSEPath
        legacyMessagesPath = configuration.legacyMessagesPath
        corsEnabled = configuration.corsEnabled
        maximumBodyBytes = configuration.maximumBodyBytes
        hosts = HostAllowList(names: configuration.allowedHosts, boundTo: configuration.host)
        origins = OriginAllowList(origins: configuration.allowedOrigins, boundTo: configuration.host)
        self.routes = routes
    }

    /// Checks a head.
    ///
    /// - Parameters:
    ///   - passed: What passed before on the same connection; updated.
    ///   - crossOrigin: Set to the origin whose pages may read the answer, also when the answer is a refusal.
    func check(_ head: IncomingHead, isDraining: Bool, passed: inout Passed, crossOrigin: inout String?) -> Verdict {
        let path = head.path
        let place = place(of: path)
        if case .route(let candidates) = place { return route(head, candidates, passed: &passed) }
        if let (reason, refusal) = checkHost(head, &passed) ?? checkOrigin(head.fields, &passed, &crossOrigin) { return .refuse(reason, refusal) }
        let methods: String
        switch place {
        case .endpoint: methods = "POST, GET, DELETE, OPTIONS"
        case .legacyStream: methods = "GET, OPTIONS"
        case .legacyMessages: methods = "POST, OPTIONS"
        case .route, .unknown: return .refuse(.path, unknownPath(path))
        }
        let purpose: Purpose
        switch (head.method, place) {
        case (.options, _): return .refuse(nil, CrossOriginFields.preflight(methods: methods, requestedHeaders: head.fields.requestedHeaders))
        case (.post, .endpoint): purpose = .message
        case (.get, .endpoint): purpose = .openStream
        case (.delete, .endpoint): purpose = .endSession
        case (.get, .legacyStream): purpose = .legacyStream
        case (.post, .legacyMessages): purpose = .legacyMessage(connection: head.query("connection").map(String.init) ?? "")
        default:
            return .refuse(.method, Refusal.make(405, "\(head.methodName) is not served at \(path): use \(methods)", headers: [("allow", methods)]))
        }
        if isDraining { return .refuse(.draining, Refusal.draining) }
        if let (reason, refusal) = checkContent(head, purpose, &passed) { return .refuse(reason, refusal) }
        return .proceed(purpose)
    }

    // MARK: - Where

    private enum Place {
        case endpoint, legacyStream, legacyMessages, unknown
        case route([HTTPRoute])
    }

    private func place(of path: Substring) -> Place {
        if path == self.path { return .endpoint }
        if let legacySSEPath {
            if path == legacySSEPath { return .legacyStream }
            if path == legacyMessagesPath { return .legacyMessages }
        }
        let candidates = routes.filter { path == $0.path }
        return candidates.isEmpty ? .unknown : .route(candidates)
    }

    private func route(_ head: IncomingHead, _ candidates: [HTTPRoute], passed: inout Passed) -> Verdict {
        let method = head.method == .head ? "GET" : head.methodName
        guard let route = candidates.first(where: { $0.method == method }) else {
            let methods = candidates.map(\.method).joined(separator: ", ")
            return .refuse(
                .method, Refusal.make(405, "\(head.methodName) is not served at \(head.path): use \(methods)", headers: [("allow", methods)]))
        }
        if !route.allowsAnyHost, let (reason, refusal) = checkHost(head, &passed) { return .refuse(reason, refusal) }
        if let (reason, refusal) = checkLength(head.fields) { return .refuse(reason, refusal) }
        return .proceed(.route(route))
    }

    private func unknownPath(_ path: Substring) -> OutboundResponse {
        Refusal.make(404, "Nothing is served at \(path): the MCP endpoint is \(self.path)")
    }

    // MARK: - Who

    private func checkHost(_ head: IncomingHead, _ passed: inout Passed) -> Problem? {
        guard let named = head.fields.host, !head.fields.repeatsHost else {
            return (.host, Refusal.make(400, "The request must have exactly one Host header field"))
        }
        let host = head.targetAuthority.map(String.init) ?? named // RFC 9112 §3.2.2: that of an absolute target wins
        if host == passed.host { return nil }
        guard hosts.allows(host) else {
            return (.host, Refusal.make(403, "The Host \"\(host)\" is not served here: address the server by a name in its allowedHosts (--allowed-hosts)"))
        }
        passed.host = host
        return nil
    }

    private func checkOrigin(
        _ fields: IncomingHead.Fields, _ passed: inout Passed, _ crossOrigin: inout String?
    ) -> Problem? {
        guard let origin = fields.origin else { return nil }
        if origin != passed.origin {
            guard origin.isSafeFieldValue, origins.allows(origin) else {
                let refusal = Refusal.make(403, "The Origin \"\(origin)\" may not use this server: add it to allowedOrigins (--allowed-origins) if it should")
                return (.origin, refusal)
            }
            passed.origin = origin
        }
        if corsEnabled { crossOrigin = origin }
        return nil
    }

    // MARK: - What

    private func checkContent(_ head: IncomingHead, _ purpose: Purpose, _ passed: inout Passed) -> Problem? {
        let fields = head.fields
        switch purpose {
        case .message, .legacyMessage:
            if let problem = checkContentType(fields, &passed) { return problem }
            if case .message = purpose, fields.accept != passed.accept || fields.accept == nil {
                guard MediaRanges.allowsBothAnswers(fields.accept) else {
                    return (.accept, Refusal.make(406, "Accept must allow both kinds of answers: send \"application/json, text/event-stream\""))
                }
                passed.accept = fields.accept
            }
        case .openStream, .endSession:
            if fields.protocolVersion == Self.modernRevision {
                let refusal = Refusal.make(
                    405, "\(head.methodName) does not exist in revision \(Self.modernRevision): it has no sessions, use POST",
                    headers: [("allow", "POST, OPTIONS")])
                return (.method, refusal)
            }
            if case .openStream = purpose { return checkAcceptsEvents(fields) }
        case .legacyStream:
            return checkAcceptsEvents(fields)
        case .route:
            break
        }
        return checkLength(fields)
    }

    private func checkContentType(_ fields: IncomingHead.Fields, _ passed: inout Passed) -> Problem? {
        if let encoding = fields.contentEncoding, !encoding.isFieldName("identity") {
            return (.content, Refusal.make(415, "The Content-Encoding \"\(encoding)\" is not understood: send the body as it is"))
        }
        if let contentType = fields.contentType, contentType == passed.contentType { return nil }
        guard MediaRanges.isJSON(fields.contentType) else {
            return (.content, Refusal.make(415, "The Content-Type must be application/json in UTF-8, not \(fields.contentType ?? "absent")"))
        }
        passed.contentType = fields.contentType
        return nil
    }

    private func checkAcceptsEvents(_ fields: IncomingHead.Fields) -> Problem? {
        if MediaRanges.allowsEventStream(fields.accept) { return nil }
        return (.accept, Refusal.make(406, "The answer is an event stream: send \"Accept: text/event-stream\""))
    }

    private func checkLength(_ fields: IncomingHead.Fields) -> Problem? {
        // The decoder has refused what is no number; one too large for Int is too large for us.
        guard let text = fields.contentLength, (Int(text) ?? .max) > maximumBodyBytes else { return nil }
        return (.length, Refusal.tooLarge(limit: maximumBodyBytes))
    }
}
