/// A name and a value that tell one series of a metric from its others.
public struct MetricLabel: Sendable, Hashable {
    /// The name, which must match `[a-zA-Z_][a-zA-Z0-9_]*` to be exported as it is.
    public var name: String
    /// The value: any text. A registry shortens what is too long.
    public var value: String

    /// Makes a label.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}
