import InterlockConcurrency

extension LeakRun {
    /// Sessions in each of two rounds, and before them, while pools fill.
    private static let round = 100, warmUp = 24

    /// Begins sessions and leaves them, lets them rest, and begins as many again: see ``AbandonedSessions``. Leaves at most 224 in the server, for as long as
    /// they live there.
    ///
    /// - Parameter share: how long both rounds may take; the rest comes on top.
    func abandoned(for share: Duration, _ reader: any ProcessReading, _ load: CycleLoad, _ outcome: inout Outcome) async throws {
        let rest = limits.sessionLifetime.map { $0 + $0 / 10 } ?? limits.duration / 20
        var begun = 0
        func round(_ count: Int, until end: MonotonicTime) async throws -> GrowthSeries {
            var points: [GrowthSeries.Point] = []
            let aim = begun + count
            func read() {
                guard let sample = reader.sample(), let bytes = sample.privateDirty ?? sample.anonymous ?? sample.resident else { return }
                points.append(.init(Double(begun), Double(bytes)))
            }
            read()
            while begun < aim, clock.now < end {
                begun += try await load.run(.abandonedSession, count: min(max(1, limits.workers), aim - begun), workers: limits.workers, until: end).done
                read()
                progress("\(ProbeOperation.abandonedSession): \(begun) begun")
            }
            return GrowthSeries(points)
        }
        do {
            let begin = clock.now
            _ = try await round(Self.warmUp, until: begin + share / 4)
            let first = try await round(Self.round, until: begin + share / 8 * 5)
            let resting = clock.now
            progress("\(ProbeOperation.abandonedSession): waiting \(rest.inSeconds.fixed(1)) s")
            try await clock.sleep(for: rest)
            let rested = (clock.now - resting).inSeconds
            let second = try await round(Int(first.span), until: clock.now + share)
            try Task.checkCancellation()
            outcome.abandoned = AbandonedSessions(first: first, second: second, rested: rested, isStated: limits.sessionLifetime != nil)
        } catch where !Task.isCancelled {
            outcome.loss = await server.loss(error, during: "\(ProbeOperation.abandonedSession), after \(begun) of them", reader, clock: clock)
            if outcome.loss == nil { throw error }
        }
    }
}
