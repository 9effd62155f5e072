import InterlockClient
import InterlockConcurrency
import InterlockProtocol

extension DoctorRun {
    /// A client that asks and does not read, on a connection of its own: at most 24 MB of requests. It asks as an admitted client does, with the
    /// credential that was given and with a session where there are sessions; where even its first question is not answered, nothing is told.
    func deafness(isModern: Bool, _ reader: any ProcessReading, _ seen: inout DoctorObservations) async throws {
        #if os(Linux)
        progress("asking without reading")
        guard let place = server.localEndpoint else {
            guard server.isHTTP else { return try await deafness(overLink: isModern, &seen) }
            return seen.omit(.backPressure, "a client that does not read: it can be played only over HTTP without TLS, to a server on this machine")
        }
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
        let (taken, outcome) = try await client.send(
            request, upTo: Self.mostAsked, silence: Silence(of: reader), deadline: clock.now + Self.longestAsking, clock: clock)
        guard outcome != .atWork else { return seen.omit(.backPressure, Self.isAtWork) }
        guard let after = reader.sample(), let old = before.privateDirty ?? before.resident, let new = after.privateDirty ?? after.resident else {
            return seen.omit(.backPressure, Self.processIsGone)
        }
        seen.deafness = .init(taken: taken, growth: max(0, new - old), stopped: outcome == .stopped)
    }

    /// The same over a link of one stream, to a process of its own where links start one: its client asks, and from then on nothing is read.
    private func deafness(overLink isModern: Bool, _ seen: inout DoctorObservations) async throws {
        try await server.withClient(era: isModern ? .modern() : .legacy(), clock: clock) { client, link in
            guard let deafness = link.deafness else {
                return seen.omit(.backPressure, "a client that does not read: this link reads whatever comes")
            }
            guard let reader = server.process(link.processIdentifier()), let before = reader.sample(), let old = before.privateDirty ?? before.resident else {
                return seen.omit(.backPressure, "a client that does not read: the memory of the process that was started for it cannot be read")
            }
            let era: DeafClient.Era = isModern ? .modern : .legacy(client.server?.revision ?? .latestLegacy, session: nil)
            let deaf = DeafLink(link.transport, unsentBytes: deafness.unsentBytes)
            deafness.begin()
            let (taken, outcome) = try await deaf.send(
                era, upTo: Self.mostAsked, silence: Silence(of: reader), deadline: clock.now + Self.longestAsking, clock: clock)
            guard outcome != .atWork else { return seen.omit(.backPressure, Self.isAtWork) }
            guard let after = reader.sample(), let new = after.privateDirty ?? after.resident else {
                return seen.omit(.backPressure, Self.processIsGone)
            }
            seen.deafness = .init(taken: taken, growth: max(0, new - old), stopped: outcome == .stopped, isAlone: !server.isShared)
        }
    }

    private static let isAtWork =
        "a client that does not read: the server took nothing of its requests for five seconds and was at work all the time, so that it has stopped does not show"
    private static let processIsGone = "a client that does not read: the process that it asked has ended meanwhile, or cannot be read any more"
    /// Bytes of requests, and how long they are sent at most.
    private static let (mostAsked, longestAsking) = (24 << 20, Duration.seconds(5))
    #endif
}
