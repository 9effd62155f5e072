/// A configuration that cannot be used: which member, what is wrong with it, what would be right.
public struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where it stands, such as `tools.transfer.queue.depth`; empty for the whole document.
    public var path: String
    /// What is wrong and what would be right.
    public var message: String

    public init(path: String, message: String) {
        self.path = path
        self.message = message
    }

    public var description: String { path.isEmpty ? message : "\"\(path)\" \(message)" }
}
