/// Why the objects of a server cannot be counted.
public struct ObjectCensusError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of reason it is.
    public enum Code: String, Sendable, Hashable {
        /// The process was not started with the library that counts, or it could not be loaded into it.
        case notPreloaded
        /// The library did not answer in time, or the process has ended.
        case noAnswer
        /// The answer is not one that this version reads.
        case unreadable
    }

    public var code: Code
    /// What was tried, of which process, and what to do.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
