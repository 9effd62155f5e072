import InterlockSimulation
import Testing

/// A hall that sells its seats with a gap between looking and taking.
private actor Hall {
    enum Request: Sendable, CustomStringConvertible {
        case book, cancel, look

        var description: String {
            switch self {
            case .book: "book"
            case .cancel: "cancel"
            case .look: "look"
            }
        }
    }

    let seats: Int
    let isGuarded: Bool
    private(set) var taken = 0

    init(seats: Int, isGuarded: Bool) {
        self.seats = seats
        self.isGuarded = isGuarded
    }

    func apply(_ request: Request) async {
        switch request {
        case .book:
            guard taken < seats else { return }
            if !isGuarded { await Task.yield() }
            taken += 1
        case .cancel:
            if taken > 0 { taken -= 1 }
        case .look:
            await Task.yield()
        }
    }
}

@Suite("Generated operations")
struct OperationTests {
    private static let generate: @Sendable (inout SeededRandom, Int) -> [Hall.Request] = { random, _ in
        (0..<6).map { _ in [.book, .book, .cancel, .look].randomElement(using: &random) ?? .look }
    }

    private func run(_ exploration: Exploration, isGuarded: Bool) async throws -> ExplorationResult {
        try await exploreOperations(
            exploration, tasks: 3, generate: Self.generate, on: { _ in Hall(seats: 2, isGuarded: isGuarded) },
            perform: { request, hall, _ in await hall.apply(request) }, invariant: { await $0.taken <= 2 })
    }

    @Test("are shrunk with their schedule to the few that matter", .timeLimit(.minutes(10)), arguments: 0..<5)
    func shrunk(seed: Int) async throws {
        let failure = try await #require(throws: ExplorationFailure.self) {
            try await run(Exploration(.varied, schedules: 1_000, seed: UInt64(seed)), isGuarded: false)
        }
        // Three bookings for two seats, of which two tasks must make the last ones at the same time.
        let kept = failure.operations.flatMap { $0 }
        #expect(kept == ["book", "book", "book"], "\(failure)")
        #expect(failure.steps < failure.originalSteps)
        for _ in 0..<100 {
            let again = try await #require(throws: ExplorationFailure.self) {
                try await run(Exploration(replay: failure.replay), isGuarded: false)
            }
            #expect(again.trace == failure.trace)
            #expect(again.operations == failure.operations)
        }
    }

    @Test("break nothing where there is nothing to break", .timeLimit(.minutes(10)))
    func guarded() async throws {
        let result = try await run(Exploration(.varied, schedules: 3_000), isGuarded: true)
        #expect(result.schedules == 3_000)
    }
}
