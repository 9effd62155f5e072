public import InterlockStorage

/// A session store as the kit sees it: how to make an empty one, and what it can be asked.
public struct SessionStoreUnderTest: Sendable, CustomStringConvertible {
    /// What tests call it.
    public var name: String
    /// Whether the store keeps to the number of sessions it is made for, by forgetting the longest unused.
    public var isBounded: Bool
    /// Whether the store forgets sessions by a clock of its own, which no check can move.
    public var lapsesByItself: Bool
    /// Makes an empty store of its own for one check. `capacity` is how many sessions it keeps at most, where it is bounded.
    public var make: @Sendable (_ capacity: Int) async throws -> any SessionStore
    /// Makes a second store over the memory of one that ``make`` has made, as a restart does, ending the first as it likes;
    /// `nil` where nothing outlives the process.
    public var reopen: (@Sendable (any SessionStore) async throws -> any SessionStore)?

    public init(
        name: String, isBounded: Bool = true, lapsesByItself: Bool = false, make: @escaping @Sendable (_ capacity: Int) async throws -> any SessionStore,
        reopen: (@Sendable (any SessionStore) async throws -> any SessionStore)? = nil
    ) {
        self.name = name
        self.isBounded = isBounded
        self.lapsesByItself = lapsesByItself
        self.make = make
        self.reopen = reopen
    }

    public var description: String { name }

    /// Room enough for every check that is not about room.
    func makeRoomy() async throws -> any SessionStore { try await make(10_000) }
}
