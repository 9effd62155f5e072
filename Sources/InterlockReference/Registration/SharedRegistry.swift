import InterlockServer

/// Places for a limited number of users over all instances of the server: the count and the list are one value, changed by compare-and-set.
struct SharedRegistry: Sendable {
    private let state: ApplicationState
    private let limit: Int

    init(_ context: HandlerContext, limit: Int) {
        state = context.state
        self.limit = limit
    }

    func register(_ id: String) async throws -> User {
        try await state.update("users", of: [String].self) { users in
            let registered = users ?? []
            guard !registered.contains(id) else { throw RegistrationError.isRegistered(id) }
            guard registered.count < limit else { throw RegistrationError.full(limit) }
            users = registered + [id]
            return User(id: id, place: registered.count + 1)
        }
    }

    func user(_ id: String) async throws -> User {
        let users = try await state.load("users", as: [String].self) ?? []
        guard let place = users.firstIndex(of: id) else { throw RegistrationError.unknown(id) }
        return User(id: id, place: place + 1)
    }
}
