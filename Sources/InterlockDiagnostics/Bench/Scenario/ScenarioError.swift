/// What is wrong with a scenario file, and where.
public struct ScenarioError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where in the file, as in `calls[0].weight`; empty for the whole.
    public var path: String
    public var message: String

    /// Makes an error.
    public init(_ path: String, _ message: String) {
        self.path = path
        self.message = message
    }

    public var description: String { path.isEmpty ? message : "\(path): \(message)" }
}
