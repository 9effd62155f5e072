import InterlockHTTPServer
import InterlockJSON
import InterlockObservability
import InterlockProfiler
import InterlockServer
import InterlockTransport
import Logging

/// What the admin listener answers.
struct AdminRoutes: Sendable {
    let sources: AdminSources
    let feed: AdminFeed
    let access: AdminAccess
    let metrics: AdminMetrics
    let logger: Logger

    var all: [HTTPRoute] {
        [
            // Probes address the machine by number, so any Host will do; they are told nothing but yes or no.
            HTTPRoute("GET", "/health/live") { _ in AdminAnswer.json { $0.member("status", "alive") } },
            HTTPRoute("GET", "/health/ready") { _ in await readiness() },
            guarded("GET", "/health") { _ in health() },
            guarded("GET", "/metrics") { _ in scrape() },
            // The page itself holds no figures where there is a token: its script asks for it and presents it.
            HTTPRoute("GET", "/admin", allowsAnyHost: false) { request in page(request) },
            guarded("GET", "/admin/report") { _ in report() },
            guarded("GET", "/admin/events") { _ in events() },
            guarded("GET", "/admin/stalls") { _ in stalls() },
            HTTPRoute("POST", "/admin/profile", allowsAnyHost: false, endsWithInput: true) { request in await profile(request) },
            guarded("POST", "/admin/reload") { _ in await reload() },
        ]
    }

    private func guarded(_ method: String, _ path: String, _ handler: @escaping HTTPRoute.Handler) -> HTTPRoute {
        HTTPRoute(method, path, allowsAnyHost: false) { [access] request in
            if let refusal = access.refusal(of: request) { return refusal }
            return await handler(request)
        }
    }

    // MARK: - Health

    private func readiness() async -> HTTPRouteResponse {
        if sources.report().isDraining { return AdminAnswer.json(503) { $0.member("status", "draining") } }
        let isReady = await sources.isReady()
        return AdminAnswer.json(isReady ? 200 : 503) { $0.member("status", isReady ? "ready" : "not ready") }
    }

    /// 503 only for a server that drains: one that is degraded serves, and taking it away would not help its stores.
    private func health() -> HTTPRouteResponse {
        let verdict = feed.snapshot.health
        var json = JSONWriter()
        verdict.write(into: &json)
        return AdminAnswer.json(verdict.level == .draining ? 503 : 200, json.finish())
    }

    // MARK: - Figures

    private func scrape() -> HTTPRouteResponse {
        metrics.adopt(sources.report())
        return AdminAnswer.make(200, PrometheusText.contentType, PrometheusText.render(sources.registry.snapshot))
    }

    private func report() -> HTTPRouteResponse {
        let snapshot = feed.snapshot
        return AdminAnswer.json { json in
            json.member("time", snapshot.report.wallTime)
            for section in snapshot.sections {
                json.key(section.name)
                json.raw(RawJSON(unchecked: section.json[...]))
            }
        }
    }

    /// The last stalls with the stacks of the pool's threads, newest first.
    private func stalls() -> HTTPRouteResponse {
        guard let stalls = sources.stalls else { return AdminAnswer.error(501, "not_available", "nothing watches this server's cooperative pool") }
        return AdminAnswer.json { json in
            json.key("stalls")
            json.array(stalls().reversed()) { $0.write(into: &$1, withStacks: true) }
        }
    }

    private func events() -> HTTPRouteResponse {
        guard let listener = feed.listen() else {
            var response = AdminAnswer.error(503, "too_many_dashboards", "as many dashboards are open as may be: close one, or use /admin/report")
            response.headers.append(("retry-after", "5"))
            return response
        }
        let fields = AdminAnswer.fields.filter { $0.name != "cache-control" }
        return .stream(contentType: "text/event-stream; charset=utf-8", headers: fields) { writer in
            var known = 0
            while let (moment, event) = try await listener.next(after: known) {
                try await writer.write(event)
                known = moment
            }
        }
    }

    private func page(_ request: HTTPRouteRequest) -> HTTPRouteResponse {
        let mayRead = access.refusal(of: request) == nil
        return DashboardPage(snapshot: mayRead ? feed.snapshot : nil, needsToken: access.token != nil).response
    }

    // MARK: - Actions

    private func profile(_ request: HTTPRouteRequest) async -> HTTPRouteResponse {
        if let refusal = access.strictRefusal(of: request) { return refusal }
        guard let profile = sources.profile else { return AdminAnswer.error(501, "not_available", "this server records no profiles") }
        guard let seconds = Int(request.query("seconds") ?? "10"), (1...60).contains(seconds) else {
            return AdminAnswer.error(400, "bad_seconds", "seconds must be a whole number from 1 to 60, such as /admin/profile?seconds=10")
        }
        guard let rate = Int(request.query("rate") ?? "\(SamplingProfiler.defaultRate)"), SamplingProfiler.rates.contains(rate) else {
            return AdminAnswer.error(400, "bad_rate", "rate must be a whole number of samples a second from 1 to 999, such as /admin/profile?rate=99")
        }
        guard let format = ProfileFormat(accept: request.headers.first("accept")) else {
            return AdminAnswer.error(406, "not_acceptable", "a profile is sent as \(ProfileFormat.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        do {
            return try await profile(.seconds(seconds), rate).answer(format, of: sources.report().name)
        } catch is CancellationError {
            // The client has gone away or the server shuts down; in the second case this is still read.
            return AdminAnswer.error(503, "profile_cancelled", "the server shuts down: the profile was thrown away")
        } catch {
            if let answer = (error as? SamplingError)?.answer { return answer }
            logger.error("a profile failed", metadata: ["error": "\(error)"])
            return AdminAnswer.error(500, "profile_failed", "the profile failed; the server's log says why")
        }
    }

    private func reload() async -> HTTPRouteResponse {
        guard let reload = sources.reload else { return AdminAnswer.error(501, "not_available", "this server cannot reload its configuration") }
        do {
            let message = try await reload()
            return AdminAnswer.json { $0.member("message", message) }
        } catch {
            // Whoever may reload wrote the configuration, and must see what is wrong with it.
            return AdminAnswer.error(422, "reload_failed", "\(error)")
        }
    }
}

extension HTTPRouteRequest {
    /// The first value of a query parameter, as sent.
    func query(_ name: String) -> String? {
        guard let query = target.split(separator: "?", maxSplits: 1).dropFirst().first else { return nil }
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts[0] == name { return parts.count > 1 ? String(parts[1]) : "" }
        }
        return nil
    }
}
