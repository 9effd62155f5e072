import InterlockSimulation

/// A task of a test that stays inside a section until it is let out.
struct Holder: Sendable {
    private let exit: Gate
    private let task: Task<Void, any Error>

    /// Enters the section and returns when it is inside.
    static func enter(_ section: @escaping @Sendable (@escaping @Sendable () async throws -> Void) async throws -> Void) async throws -> Holder {
        let exit = Gate()
        let task = Task { try await section { try await exit.wait() } }  // awaited by `leave()`
        try await exit.waitForWaiters(1)
        return Holder(exit: exit, task: task)
    }

    /// Sets out for the section; ``arrived()`` returns when it is inside.
    static func enterLater(_ section: @escaping @Sendable (@escaping @Sendable () async throws -> Void) async throws -> Void) async throws -> Holder {
        let exit = Gate()
        return Holder(exit: exit, task: Task { try await section { try await exit.wait() } })  // awaited by `leave()`
    }

    /// Returns when it is inside.
    func arrived() async throws {
        try await exit.waitForWaiters(1)
    }

    private init(exit: Gate, task: Task<Void, any Error>) {
        self.exit = exit
        self.task = task
    }

    /// Leaves the section and waits for the task.
    func leave() async throws {
        exit.open()
        try await task.value
    }
}
