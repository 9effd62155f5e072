public import InterlockHTTPServer
public import InterlockServer

/// Whether the process lives, and whether it can serve: two questions with two answers.
public enum HealthRoutes {
    /// `GET /health` says that the process answers. `GET /ready` sends a request through the server's core and says 503
    /// when that fails or the server is shutting down.
    public static func make(for server: Server) -> [HTTPRoute] {
        [
            HTTPRoute("GET", "/health") { _ in health() },
            HTTPRoute("GET", "/ready") { [weak server] _ in await readiness(of: server) },
        ]
    }

    static func health() -> HTTPRouteResponse {
        json(200, #"{"status":"ok"}"#)
    }

    static func readiness(of server: Server?) async -> HTTPRouteResponse {
        guard let server, !server.isDraining else { return json(503, #"{"status":"draining"}"#) }
        return await server.isReady() ? json(200, #"{"status":"ready"}"#) : json(503, #"{"status":"not ready"}"#)
    }

    private static func json(_ status: Int, _ text: String) -> HTTPRouteResponse {
        var response = HTTPRouteResponse(status: status, contentType: "application/json", text: text)
        response.headers.append(("cache-control", "no-store"))
        return response
    }
}
