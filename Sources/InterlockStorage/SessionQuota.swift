/// How many sessions a tenant may have in a store, and which of those that are there still count.
public struct SessionQuota: Sendable, Hashable {
    /// Sessions of the tenant at a time, a new one included; `nil` for as many as it likes.
    public var maximum: Int?
    /// Sessions made before this do not count any more. Milliseconds since the Unix epoch.
    public var createdSince: Int64
    /// Sessions last used before this do not count any more. Milliseconds since the Unix epoch.
    public var usedSince: Int64

    public init(maximum: Int?, createdSince: Int64 = .min, usedSince: Int64 = .min) {
        self.maximum = maximum
        self.createdSince = createdSince
        self.usedSince = usedSince
    }
}
