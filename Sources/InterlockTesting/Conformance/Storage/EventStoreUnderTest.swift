public import InterlockStorage

/// An event store as the kit sees it: how to make an empty one, and what it can be asked.
public struct EventStoreUnderTest: Sendable, CustomStringConvertible {
    /// What tests call it.
    public var name: String
    /// Makes an empty store of its own for one check, with this budget of bytes.
    public var make: @Sendable (_ maximumBytes: Int) async throws -> any EventStore
    /// Makes a second store over the memory of one that ``make`` has made, as a restart does; `nil` where nothing outlives the process.
    public var reopen: (@Sendable (any EventStore) async throws -> any EventStore)?

    public init(
        name: String, make: @escaping @Sendable (_ maximumBytes: Int) async throws -> any EventStore,
        reopen: (@Sendable (any EventStore) async throws -> any EventStore)? = nil
    ) {
        self.name = name
        self.make = make
        self.reopen = reopen
    }

    public var description: String { name }

    /// Room enough for every check that is not about room.
    func makeRoomy() async throws -> any EventStore { try await make(64 << 20) }
}
