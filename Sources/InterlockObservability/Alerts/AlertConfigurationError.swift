/// What is wrong with a file of rules, and where.
public struct AlertConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The reason, to branch on.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Reason: String {
            case notJSON, missing, unknownMember, wrongType, invalidValue, duplicateName, tooMany
        }

        private let reason: Reason

        /// The text is not JSON.
        public static let notJSON = Code(reason: .notJSON)
        /// A member that is required is not there.
        public static let missing = Code(reason: .missing)
        /// A member has a name that means nothing here.
        public static let unknownMember = Code(reason: .unknownMember)
        /// A member is of another JSON type.
        public static let wrongType = Code(reason: .wrongType)
        /// A member has a value that makes no sense.
        public static let invalidValue = Code(reason: .invalidValue)
        /// Two rules have one name.
        public static let duplicateName = Code(reason: .duplicateName)
        /// There are more rules, or a deeper expression, than are allowed.
        public static let tooMany = Code(reason: .tooMany)

        public var description: String { reason.rawValue }
    }

    /// The reason, to branch on.
    public let code: Code
    /// Where, as a path from the root: `rules[2].when[0].above`.
    public let path: String
    /// What was wrong and what to do. For people; never parse it.
    public let message: String

    public var description: String { path.isEmpty ? "\(code): \(message)" : "\(code): \(path): \(message)" }
}
