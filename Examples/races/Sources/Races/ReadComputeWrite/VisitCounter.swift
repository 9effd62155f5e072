/// Counts visits in a store that is somewhere else.
public protocol VisitCounter: Sendable {
    /// Makes a counter over a store.
    init(store: ValueStore)

    /// Counts one visit.
    func visit() async throws
}

/// A store that answers every request by itself, one at a time: each is safe, two in a row are not.
public actor ValueStore {
    // interlock:allow unbounded-growth because each schedule has a store of its own with one key
    private var values: [String: Int] = [:]

    /// Makes an empty store.
    public init() {}

    /// The value under a key; zero when there is none.
    public func value(for key: String) -> Int { values[key, default: 0] }

    /// Puts a value under a key.
    public func setValue(_ value: Int, for key: String) { values[key] = value }
}
