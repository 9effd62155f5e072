/// The command that starts a stdio server.
public struct ServerCommand: Sendable, Hashable {
    /// What the child finds in its environment.
    public enum Environment: Sendable, Hashable {
        /// This process's own, with these set in addition.
        case inherited(adding: [String: String])
        /// Nothing but these. Say `PATH` if the command is given by name.
        case only([String: String])
    }

    /// A path, or a name to look up in `PATH`.
    public var executable: String
    /// Passed to the child as they are; no shell reads them.
    public var arguments: [String]
    /// What the child finds in its environment.
    public var environment: Environment
    /// The directory the child starts in; this process's own if `nil`.
    public var workingDirectory: String?

    /// Names a command; nothing is started or looked up yet.
    public init(
        _ executable: String, arguments: [String] = [],
        environment: Environment = .inherited(adding: [:]), workingDirectory: String? = nil
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
    }
}
