/// Why an exploration could not be made: it was asked for something that makes no sense.
public struct ExplorationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The reason, to branch on.
    public struct Code: Sendable, Hashable {
        private enum Reason {
            case invalidReplay, nested
        }

        private let reason: Reason

        /// The replay string cannot be read.
        public static let invalidReplay = Code(reason: .invalidReplay)
        /// The exploration was started inside another one.
        public static let nested = Code(reason: .nested)
    }

    /// The reason, to branch on.
    public let code: Code
    /// What was wrong, where, and what to do.
    public let message: String

    public var description: String { message }

    static func invalidReplay(_ text: String, _ problem: String) -> ExplorationError {
        ExplorationError(
            code: .invalidReplay,
            message: "the replay string \"\(text)\" cannot be read: \(problem); copy it whole from the report of a failure")
    }

    static let nested = ExplorationError(
        code: .nested, message: "an exploration was started inside the body of another; call explore from the test itself")
}

/// What a broken invariant is reported as.
struct BrokenInvariant: Error, CustomStringConvertible {
    let description: String
}
