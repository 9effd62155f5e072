public import InterlockStorage

/// A tenant configuration in a store that instances share: the JSON of the file, under one key, changed by compare-and-set.
public struct TenantDocument: Sendable {
    /// The key where nothing else is said. No tool reaches it: what applications keep has names of its own.
    public static let defaultKey = "interlock.tenants"

    private let store: any StateStore
    private let key: String

    public init(_ store: any StateStore, key: String = TenantDocument.defaultKey) {
        self.store = store
        self.key = key
    }

    /// What is there now, usable or not; `nil` if nothing was put, or it was removed.
    public func load() async throws(StoreError) -> StoredState? {
        try await store.load([key]).first ?? nil
    }

    /// Puts a configuration there for every instance, after everything in it was checked.
    ///
    /// - Parameter version: what has to be there, 0 for nothing; `nil` replaces whatever is there.
    /// - Returns: its version; `nil` if another one is there than was expected, which stays.
    /// - Throws: ``TenantConfigurationError`` for what no instance would use, ``InterlockStorage/StoreError`` when the store does not take it.
    public func put(_ json: [UInt8], replacing version: UInt64? = nil) async throws -> UInt64? {
        _ = try TenantConfiguration(json: json)
        let expectation: StateChange.Expectation = switch version {
        case nil: .anything
        case 0?: .absent
        case let version?: .version(version)
        }
        guard try await store.commit([StateChange(key, expecting: expectation, value: json)]) else { return nil }
        return try await load()?.version
    }
}
