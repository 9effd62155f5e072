import Synchronization

/// Where users are kept.
///
/// Each operation is complete in itself and suspends its caller, as a call across a network would. That makes what lies
/// between two of them the place where other calls come in.
protocol UserStore: Sendable {
    func count() async -> Int
    func user(_ id: String) async -> User?
    func insert(_ user: User) async
}

/// Users in memory, behind a suspension before every operation.
final class InMemoryUserStore: UserStore {
    private let users = Mutex<[String: User]>([:])

    func count() async -> Int {
        await Task.yield()
        return users.withLock { $0.count }
    }

    func user(_ id: String) async -> User? {
        await Task.yield()
        return users.withLock { $0[id] }
    }

    func insert(_ user: User) async {
        await Task.yield()
        users.withLock { $0[user.id] = user }
    }
}
