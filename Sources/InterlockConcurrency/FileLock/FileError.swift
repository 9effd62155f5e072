/// What the system answered when a file could not be locked, created or replaced.
public struct FileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The call that failed: `open`, `flock`, `rename`.
    public let operation: String
    /// The file.
    public let path: String
    /// The system's error number.
    public let errno: Int32
    /// What was wrong, where, and what to do. For people; never parse it.
    public let message: String

    init(_ operation: String, _ path: String, _ errno: Int32, advice: String) {
        self.operation = operation
        self.path = path
        self.errno = errno
        message = "\(operation) of '\(path)' failed: \(OperatingSystem.message(of: errno)); \(advice)"
    }

    public var description: String { message }
}
