import InterlockConcurrency

/// Places for a limited number of users.
///
/// Whether there is a place, and taking it, are two operations of the store with an `await` between them. A lock held
/// across both makes them one step, under any interleaving.
final class UserRegistry: Sendable {
    private let limit: Int
    private let store: any UserStore
    private let lock: AsyncMutex?

    /// - Parameters:
    ///   - limit: how many users there may be.
    ///   - mode: `unsafe` checks and inserts without the lock.
    init(limit: Int, store: any UserStore = InMemoryUserStore(), mode: DemoMode, clock: any SchedulingClock = SystemClock.shared) {
        self.limit = limit
        self.store = store
        self.lock = mode == .guarded ? AsyncMutex(name: "registration", clock: clock) : nil
    }

    /// Gives a user the next place. A refusal changes nothing.
    ///
    /// Once it has begun it is finished even if its task is cancelled, so a place is taken wholly or not at all.
    func register(_ id: String) async throws -> User {
        guard let lock else { return try await takePlace(id) }
        return try await lock.withLock { try await takePlace(id) }
    }

    /// The user with this id.
    func user(_ id: String) async throws -> User {
        guard let user = await store.user(id) else { throw RegistrationError.unknown(id) }
        return user
    }

    private func takePlace(_ id: String) async throws -> User {
        if await store.user(id) != nil { throw RegistrationError.isRegistered(id) }
        let taken = await store.count()
        guard taken < limit else { throw RegistrationError.full(limit) }
        let user = User(id: id, place: taken + 1)
        // interlock:allow stale-state because `register` holds the registry's lock around this; the unsafe demonstration shows it without
        await store.insert(user)
        return user
    }
}

/// Why there is no place, or no user.
struct RegistrationError: ModelReadable, CustomStringConvertible {
    var message: String
    var description: String { message }

    static func unknown(_ id: String) -> RegistrationError { RegistrationError(message: "There is no user '\(id)'. Register it with register_user.") }
    static func isRegistered(_ id: String) -> RegistrationError {
        RegistrationError(message: "The user '\(id)' is registered already; no second place was taken.")
    }
    static func full(_ limit: Int) -> RegistrationError { RegistrationError(message: "User limit reached: all \(limit) places are taken.") }
}
