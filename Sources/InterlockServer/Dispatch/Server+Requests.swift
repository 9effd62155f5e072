import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockTransport

extension Server {
    /// Tells the eras apart: a request with per-request metadata stands by itself, any other belongs to a session.
    func receiveRequest(_ message: ScannedMessage, byteCount: Int, from origin: MessageOrigin, context: RequestContext, stream: any ResponseStream) {
        guard let id = message.id, let method = message.method else { return }
        let params = IncomingParams(message.params)
        let meta = params.member("_meta")
        if let denies = configuration.denies, context.headers != nil {
            let name = RoutingHeaders.nameMember(of: method).flatMap { params.member($0)?.string }
            // What the caller does not see has no scopes: it is answered below, as what does not exist.
            let isHidden = method == Method.toolsCall && name.map { features(for: context.principal).tool(named: $0) == nil } ?? false
            if let denial = denies(context.principal, method, isHidden ? nil : name) {
                let body = JSONRPC.error(id: id, .invalidRequest(denial.message))
                return stream.finish(OutboundResponse(body: body, status: 403, headers: denial.headers))
            }
        }
        do throws(Refusal) {
            if let known = meta.flatMap({ metaCache.known($0) }) {
                try receiveModern(params, known, id: id, method: method, byteCount: byteCount, from: origin, context: context, stream: stream)
            } else if isModern(meta, method: method, context: context) {
                let read: ReadMeta
                do throws(ProtocolError) { read = try metaCache.read(meta) } catch { throw Refusal(error, status: 400) }
                try receiveModern(params, read, id: id, method: method, byteCount: byteCount, from: origin, context: context, stream: stream)
            } else {
                try receiveLegacy(message, params, id: id, method: method, byteCount: byteCount, from: origin, context: context, stream: stream)
            }
        } catch {
            stream.finish(OutboundResponse(body: JSONRPC.error(id: id, error.error), status: error.status))
        }
    }

    private func isModern(_ meta: RawJSON?, method: String, context: RequestContext) -> Bool {
        if meta?[MetaKey.protocolVersion]?.kind == .string { return true }
        if method == Method.discover || method == Method.subscriptionsListen { return true }
        guard let version = context.headers?.first(RoutingHeaders.protocolVersion) else { return false }
        return ProtocolRevision(rawValue: version)?.isModern ?? false
    }

    // MARK: 2026-07-28 and later

    private func receiveModern(
        _ params: IncomingParams, _ read: ReadMeta, id: RequestID, method: String, byteCount: Int, from origin: MessageOrigin, context: RequestContext,
        stream: any ResponseStream
    ) throws(Refusal) {
        let version = read.meta.protocolVersion
        if let headers = context.headers {
            let name = { RoutingHeaders.nameMember(of: method).flatMap { params.member($0)?.string } }
            do { try RoutingHeaders.verify(method: method, name: name, protocolVersion: version) { headers.first($0) } } catch { throw Refusal(error, status: 400) }
        }
        guard let revision = read.revision, revision.isModern else {
            throw Refusal(.unsupportedProtocolVersion(requested: version, supported: ProtocolRevision.allCases.reversed()), status: 400)
        }
        guard Method.isRequest(method, in: revision) else { throw Refusal(.methodNotFound(method), status: 404) }
        let scope: CallScope? = switch origin {
        case .exchange: nil
        case .duplex(let peer): peer.scope
        }
        let caller = Caller(revision: revision, session: nil, scope: scope, fairnessKey: context.connection.id << 1, context: context)
        route(IncomingRequest(
            id: id, method: method, params: params, readMeta: read, caller: caller, stream: stream, byteCount: byteCount))
    }

    // MARK: 2025-11-25 and earlier

    private func receiveLegacy(
        _ message: ScannedMessage, _ params: IncomingParams, id: RequestID, method: String, byteCount: Int, from origin: MessageOrigin,
        context: RequestContext, stream: any ResponseStream
    ) throws(Refusal) {
        if let version = context.headers?.first(RoutingHeaders.protocolVersion), ProtocolRevision(rawValue: version) == nil, method != Method.initialize {
            throw Refusal(
                .unsupportedProtocolVersion(requested: version, supported: ProtocolRevision.allCases.reversed()), status: 400)
        }
        if method == Method.initialize {
            return initialize(message, id: id, from: origin, context: context, stream: stream)
        }
        switch origin {
        case .duplex(let peer):
            guard let session = peer.session else {
                if method == Method.ping { return stream.finish(OutboundResponse(body: emptyResult(id))) }
                throw Refusal(.invalidRequest("'\(method)' came before 'initialize'; initialize first, or send the metadata that revision 2026-07-28 puts on every request"), status: 400)
            }
            receive(params, id: id, method: method, byteCount: byteCount, in: session, context: context, stream: stream)
        case .exchange:
            guard let sessionID = context.headers?.first(RoutingHeaders.sessionId) else {
                throw Refusal(.invalidRequest("the header Mcp-Session-Id is missing: call initialize and send the id it returns, or send the metadata that revision 2026-07-28 puts on every request"), status: 400)
            }
            withSession(sessionID, context: context) { [self] search in
                let session: Session
                switch search {
                case .found(let found): session = found
                case .unknown: return stream.finish(Self.unknownSession(id: id))
                case .unavailable: return stream.finish(Self.storeAway(id: id))
                }
                if let version = context.headers?.first(RoutingHeaders.protocolVersion), version != session.revision.rawValue, session.revision.requiresVersionHeader {
                    let error = ProtocolError.invalidRequest("the header \(RoutingHeaders.protocolVersion) says \(version), but this session agreed on \(session.revision.rawValue)")
                    return stream.finish(OutboundResponse(body: JSONRPC.error(id: id, error), status: 400))
                }
                receive(params, id: id, method: method, byteCount: byteCount, in: session, context: context, stream: stream)
            }
        }
    }

    private func receive(
        _ params: IncomingParams, id: RequestID, method: String, byteCount: Int, in session: Session, context: RequestContext, stream: any ResponseStream
    ) {
        touch(session)
        guard Method.isRequest(method, in: session.revision) else {
            return stream.finish(OutboundResponse(body: JSONRPC.error(id: id, .methodNotFound(method))))
        }
        let caller = Caller(revision: session.revision, session: session, scope: session.scope, fairnessKey: session.number << 1 | 1, context: context)
        let meta: ReadMeta
        do throws(ProtocolError) {
            meta = try session.meta(adding: params.member("_meta"))
        } catch {
            return stream.finish(OutboundResponse(body: JSONRPC.error(id: id, error)))
        }
        let answers: any ResponseStream
        switch session.delivery {
        case .duplex: answers = stream
        case .streams(let streams):
            var note: (@Sendable () -> StreamNote)?
            if streams.leavesNotes { note = { [self] in StreamNote(answering: id, retry: retry(method, params, for: context.principal)) } }
            answers = ResumableStream(stream, streams: streams, primes: session.revision.hasPrimingEvent, note: note)
        }
        route(IncomingRequest(
            id: id, method: method, params: params, readMeta: meta, caller: caller, stream: answers, byteCount: byteCount))
    }

    func emptyResult(_ id: RequestID) -> [UInt8] {
        JSONRPC.response(id: id, result: EmptyResult(), context: EncodingContext(revision: .latestLegacy))
    }
}

/// A request that is answered with an error before it reaches its feature.
struct Refusal: Error {
    var error: ProtocolError
    var status: Int

    init(_ error: ProtocolError, status: Int) {
        self.error = error
        self.status = status
    }
}

extension Session {
    /// What a legacy request and its session say together.
    fileprivate func meta(adding json: RawJSON?) throws(ProtocolError) -> ReadMeta {
        guard let json else { return meta }
        var request = meta.meta
        request.progressToken = try json["progressToken"].map { token throws(ProtocolError) in try ProgressToken(decoding: token) }
        request.traceparent = json["traceparent"]?.string
        request.tracestate = json["tracestate"]?.string
        request.baggage = json["baggage"]?.string
        return ReadMeta(request)
    }
}
