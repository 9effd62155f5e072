internal import InterlockJSON
public import InterlockProtocol
import Synchronization

extension Client {
    /// Asks a legacy server for a sign of life. A modern server has no `ping`: ask ``discover()`` or call something.
    public func ping(options: RequestOptions = RequestOptions()) async throws {
        try require(\.hasPing, Method.ping, instead: "discover()")
        let _: EmptyResult = try await call(Method.ping, options: options) { RequestParams(meta: $0) }
    }

    /// Asks a modern server for its revisions and capabilities.
    public func discover(options: RequestOptions = RequestOptions()) async throws -> DiscoverResult {
        let revision = try wire().revision
        guard revision.isModern else { throw ClientError(.unsupported, "revision \(revision) has no \(Method.discover); the handshake has told what there is in `server`") }
        return try await cached(ResultCache.Key(method: Method.discover)) {
            try await perform(Method.discover, options: options) { RequestParams(meta: $0) }
        }
    }

    /// Sets the lowest level of log messages the server sends to ``ClientHandlers/onLog``; `nil` asks a modern server for
    /// none. A legacy server is told at once, a modern one with every later request.
    public func setLogLevel(_ level: LoggingLevel?, options: RequestOptions = RequestOptions()) async throws {
        if try wire().revision.hasSetLevel {
            guard let level else { throw ClientError(.unsupported, "a legacy server cannot be asked for no log messages; ask for emergencies only") }
            let _: EmptyResult = try await call(Method.setLevel, options: options) { SetLevelParams(level: level, meta: $0) }
        } else {
            state.withLock { $0.logLevel = level }
        }
    }

    /// Tells a legacy server that the roots have changed; it will ask for them again.
    public func rootsChanged() async throws {
        try require(\.hasRootsListChanged, Method.rootsListChanged, instead: "the roots handler, which is asked each time")
        try await notify(Method.rootsListChanged)
    }
}
