/// Why runs cannot be read or compared, or a measurement not be made.
public struct BenchError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, and what to do about it.
    public var description: String

    /// Makes an error.
    public init(_ description: String) { self.description = description }
}
