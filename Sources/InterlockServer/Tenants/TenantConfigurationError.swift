/// A tenant configuration that cannot be used, with everything that is wrong with it. The configuration in force stays.
public struct TenantConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// One thing that is wrong.
    public struct Problem: Sendable, Hashable, CustomStringConvertible {
        /// The member, as a JSON pointer (RFC 6901); empty for the whole file.
        public var path: String
        /// What was wrong and what is allowed.
        public var message: String

        public init(path: String, message: String) {
            self.path = path
            self.message = message
        }

        public var description: String { path.isEmpty ? message : "\(path): \(message)" }
    }

    /// What is wrong, in the order it was found; at least one.
    public var problems: [Problem]

    public init(_ problems: [Problem]) {
        self.problems = problems
    }

    public var description: String {
        "the tenant configuration is not usable: " + problems.map(\.description).joined(separator: "; ")
    }
}
