/// Why nothing could be profiled.
public struct ProfileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of reason it is.
    public enum Code: String, Sendable, Hashable {
        /// No process of this machine is known for the server.
        case noProcess
        /// The system does not let the process be sampled, or there is no program that could.
        case refused
        /// No tool could be called.
        case noTools
    }

    public var code: Code
    /// What was tried, what is missing, and what else can be used.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
