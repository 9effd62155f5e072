/// The right service: the connection lives as long as the service, and is closed once, by whoever shuts the service down.
public actor GuardedReportService: ReportService {
    private let connection = Connection()

    public init() {}

    public func report(_ question: String) async throws -> String {
        try await connection.ask(question)
    }

    /// Closes the connection. To be called once, when no call is under way.
    public func shutDown() async {
        await connection.close()
    }
}
