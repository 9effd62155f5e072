/// Answers questions over a connection that all calls share.
public protocol ReportService: Sendable {
    /// Makes a service that opens connections of its own.
    init()

    /// Asks one question.
    ///
    /// - Throws: ``ConnectionClosed`` when the connection was closed under the call.
    func report(_ question: String) async throws -> String
}

/// The connection was closed while it was in use.
public struct ConnectionClosed: Error {
    /// Makes the error.
    public init() {}
}

/// A connection: answers while it is open.
public actor Connection {
    private var isOpen = true

    /// Makes an open connection.
    public init() {}

    /// Asks one question.
    public func ask(_ question: String) throws -> String {
        guard isOpen else { throw ConnectionClosed() }
        return "answer to \(question)"
    }

    /// Closes the connection for everybody.
    public func close() { isOpen = false }
}
