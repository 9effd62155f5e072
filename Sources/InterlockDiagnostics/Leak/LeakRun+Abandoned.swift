import InterlockClient
import InterlockConcurrency

extension LeakRun {
    /// Sessions in each of two rounds, and before them, while pools fill.
    private static let round = 100, warmUp = 24

    /// Begins sessions and leaves them, lets them rest, and begins as many again: see ``AbandonedSessions``. Leaves at most 224 in the server, for as long as
    /// they live there. The first session that is not to be had ends it: what is held of the others cannot be told then.
    ///
    /// - Parameter share: how long both rounds may take; the rest comes on top.
    func abandoned(for share: Duration, _ reader: any ProcessReading, _ load: CycleLoad, _ outcome: inout Outcome) async throws {
        let rest = limits.sessionLifetime.map { $0 + $0 / 10 } ?? limits.duration / 20
        var sessions = AbandonedSessions(isStated: limits.sessionLifetime != nil)
        func round(_ count: Int, until end: MonotonicTime) async throws -> GrowthSeries {
            var points: [GrowthSeries.Point] = []
            let aim = sessions.sessions + count
            func read() {
                guard let sample = reader.sample(), let bytes = sample.privateDirty ?? sample.anonymous ?? sample.resident else { return }
                points.append(.init(Double(sessions.sessions), Double(bytes)))
            }
            read()
            while sessions.sessions < aim, sessions.ended == nil, clock.now < end {
                let wanted = min(max(1, limits.workers), aim - sessions.sessions)
                let done = try await load.run(.abandonedSession, count: wanted, workers: limits.workers, until: end)
                sessions.sessions += done.cycles - done.failed
                sessions.ended = done.reason
                read()
                progress("\(ProbeOperation.abandonedSession): \(sessions.sessions) begun")
            }
            return GrowthSeries(points)
        }
        func rounds() async throws {
            let begin = clock.now
            _ = try await round(Self.warmUp, until: begin + share / 4)
            sessions.first = try await round(Self.round, until: begin + share / 8 * 5)
            guard sessions.ended == nil else { return }
            let resting = clock.now
            progress("\(ProbeOperation.abandonedSession): waiting \(rest.inSeconds.fixed(1)) s")
            try await clock.sleep(for: rest)
            sessions.rested = (clock.now - resting).inSeconds
            sessions.second = try await round(Int(sessions.first.span), until: clock.now + share)
        }
        do {
            try await rounds()
        } catch where !Task.isCancelled && (error as? ClientError)?.code != .unauthorized {
            // This kind of work ends, and not the run: what was read of the others is judged.
            outcome.loss = await server.loss(error, during: "\(ProbeOperation.abandonedSession), after \(sessions.sessions) of them", reader, clock: clock)
            if outcome.loss != nil { return }
            sessions.ended = (error as? ClientError)?.message ?? "\(error)"
        }
        try Task.checkCancellation()
        outcome.abandoned = sessions
    }
}
