/// Why a SQLite store cannot be used. Concerns the process, never one request.
public struct SQLiteStoreError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Wrapped: String { case cannotOpen, newerSchema }
        private let wrapped: Wrapped
        /// The file cannot be made, read or written, or is no database.
        public static let cannotOpen = Code(wrapped: .cannotOpen)
        /// The file has tables of a version that came after this one.
        public static let newerSchema = Code(wrapped: .newerSchema)
        public var description: String { wrapped.rawValue }
    }

    public var code: Code
    /// The file.
    public var path: String
    public var message: String
    /// What lies underneath; for logs.
    public var cause: (any Error)?

    public init(_ code: Code, path: String, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.path = path
        self.message = message
        self.cause = cause
    }

    public var description: String { "store \(path): \(message)" }
}
