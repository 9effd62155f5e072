/// The wrong turnstile: a caller that is cancelled in the moment it is given the permit throws, and keeps the permit.
public actor RacyTurnstile: Turnstile {
    private var free: Int
    private var line: [CheckedContinuation<Void, Never>] = []

    public init(permits: Int) {
        free = permits
    }

    public func enter(_ body: @Sendable () async -> Void) async throws {
        try await acquire()
        await body()
        release()
    }

    private func acquire() async throws {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { line.append($0) }
            // The permit is ours by now. Whoever throws here takes it along.
            try Task.checkCancellation()
        }
    }

    private func release() {
        if line.isEmpty { free += 1 } else { line.removeFirst().resume() }
    }
}
