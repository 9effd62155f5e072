public import InterlockConcurrency
public import InterlockStorage

/// How the stores of one SQLite file stand at one moment.
public struct SQLiteHealth: Sendable, Hashable {
    /// Since when and why they do not what they should; `nil` while all is well.
    public var outage: StoreOutage?
    /// How long transactions took since the file was opened, with their wait for other writers; failed ones too.
    public var latencies: DurationHistogram
}
