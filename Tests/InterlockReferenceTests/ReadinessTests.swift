import Testing

@testable import InterlockReference

@Suite("A value that is made in the background", .timeLimit(.minutes(5)))
struct ReadinessTests {
    struct Failure: Error {}

    @Test("waits for the value, and has it at once when it is there")
    func value() async throws {
        let readiness = Readiness<Int>()
        async let early = readiness.value()
        readiness.succeed(7)
        #expect(try await early == 7)
        #expect(try await readiness.value() == 7)
    }

    @Test("a failure is told, and a value that comes later counts; a failure after the value does not")
    func failure() async throws {
        let readiness = Readiness<Int>()
        readiness.fail(Failure())
        await #expect(throws: Failure.self) { try await readiness.value() }
        readiness.succeed(1)
        readiness.fail(Failure())
        #expect(try await readiness.value() == 1)
    }

    @Test("cancelling one who waits leaves the others waiting")
    func cancellation() async throws {
        let readiness = Readiness<Int>()
        let first = Task { try await readiness.value() } // awaited below
        let second = Task { try await readiness.value() } // awaited below
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        readiness.succeed(2)
        #expect(try await second.value == 2)
    }
}
