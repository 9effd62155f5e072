/// Remembers an application's own values beyond a process, with compare-and-set over one value or several.
///
/// What one instance has written every other reads. Keys are compared byte for byte; keys written in one commit share the text between
/// their first braces, such as `{accounts}:alice`, so that a cluster keeps them in one place; an implementation refuses a commit whose keys do not.
/// `StateStoreConformance` in `InterlockTesting` says when an implementation is done.
public protocol StateStore: Sendable {
    /// The values under `keys`, of one moment, in the order asked for; `nil` where there is none.
    func load(_ keys: [String]) async throws(StoreError) -> [StoredState?]
    /// Makes all the changes, or none if one of the versions they expect has passed; true if they were made, also if there are none.
    ///
    /// Throws ``StoreError/Code/refused`` when a key is named twice or several keys share no text between their first braces, and
    /// ``StoreError/Code/full`` when there is no room: a live value is never dropped to make some. In both cases nothing has changed.
    /// When it throws ``StoreError/Code/unavailable`` the changes may or may not have been made: load and see.
    func commit(_ changes: [StateChange]) async throws(StoreError) -> Bool
}

/// A value as it is stored.
public struct StoredState: Sendable, Hashable {
    public var value: [UInt8]
    /// Differs after every change of the value; never used twice for a key, also not after its removal.
    public var version: UInt64

    public init(value: [UInt8], version: UInt64) {
        self.value = value
        self.version = version
    }
}

/// One change of a commit.
public struct StateChange: Sendable, Hashable {
    public var key: String
    /// What is required of the key as it stands.
    public var expecting: Expectation
    /// The new value; `nil` removes the key.
    public var value: [UInt8]?
    /// How long the value is kept; `nil` for good.
    public var expiresAfter: Duration?

    /// What must be true of a key for a commit to happen.
    public enum Expectation: Sendable, Hashable {
        case anything, absent
        /// The version that was loaded.
        case version(UInt64)
    }

    public init(_ key: String, expecting: Expectation, value: [UInt8]?, expiresAfter: Duration? = nil) {
        self.key = key
        self.expecting = expecting
        self.value = value
        self.expiresAfter = expiresAfter
    }
}
