/// The wrong service: every call closes the shared connection when it has its answer, whoever else is using it.
public actor RacyReportService: ReportService {
    private var connection: Connection?

    public init() {}

    public func report(_ question: String) async throws -> String {
        let shared = connection ?? Connection()
        connection = shared
        let answer = try await shared.ask(question)
        await shared.close()
        connection = nil
        return answer
    }
}
