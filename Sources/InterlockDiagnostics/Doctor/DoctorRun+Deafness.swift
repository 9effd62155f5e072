import InterlockClient
import InterlockConcurrency
import InterlockProtocol

extension DoctorRun {
    /// A client that asks and does not read, on a connection of its own: at most 24 MB of requests. It asks as an admitted client does, with the
    /// credential that was given and with a session where there are sessions; where even its first question is not answered, nothing is told.
    func deafness(isModern: Bool, _ reader: any ProcessReading, _ seen: inout DoctorObservations) async throws {
        #if os(Linux)
        guard let place = server.localEndpoint else {
            return seen.omit(.backPressure, "a client that does not read: " + (server.isHTTP
                ? "it can be played only over HTTP without TLS, to a server on this machine" : "it can be played only over HTTP, and not to a command"))
        }
        progress("asking without reading")
        if isModern { return try await deafness(place, .modern, reader, &seen) }
        try await server.withClient(era: .legacy(), clock: clock) { client, link in
            let revision = client.server?.revision ?? .latestLegacy
            try await deafness(place, .legacy(revision, session: link.sessionID()), reader, &seen)
        }
        #else
        seen.omit(.backPressure, "a client that does not read: it can be played only on Linux")
        #endif
    }

    #if os(Linux)
    private func deafness(
        _ place: (port: Int, path: String), _ era: DeafClient.Era, _ reader: any ProcessReading, _ seen: inout DoctorObservations
    ) async throws {
        let request = DeafClient.request(port: place.port, path: place.path, era: era, headers: server.headers)
        guard let first = DeafClient.connect(port: place.port), let client = DeafClient.connect(port: place.port), let before = reader.sample() else {
            seen.omit(.backPressure, "a client that does not read: no connection to 127.0.0.1:\(place.port)")
            return
        }
        let status = try await first.status(of: request, deadline: clock.now + min(server.timeout, .seconds(5)), clock: clock)
        guard status == 200 else {
            let answer = status.map { "HTTP status \($0)" } ?? "nothing that is HTTP"
            seen.omit(.backPressure, "a client that does not read: its question was answered with \(answer), so nothing can be told of its answers")
            return
        }
        let (taken, stopped) = try await client.send(request, upTo: 24 << 20, deadline: clock.now + .seconds(5), clock: clock)
        guard let after = reader.sample(), let old = before.privateDirty ?? before.resident, let new = after.privateDirty ?? after.resident else { return }
        seen.deafness = .init(taken: taken, growth: max(0, new - old), stopped: stopped)
    }
    #endif
}
