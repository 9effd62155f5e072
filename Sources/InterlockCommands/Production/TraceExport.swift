import InterlockHTTPClient
import InterlockObservability

/// Posts batches of spans to an OTLP/HTTP endpoint.
struct TraceExport: SpanSink {
    let url: String
    private let requester = HTTPRequester()

    init(url: String) { self.url = url }

    func export(_ body: [UInt8]) async throws {
        let answer = try await requester.send("POST", url, headers: [("Content-Type", "application/json")], body: body, timeout: .seconds(10))
        guard (200..<300).contains(answer.status) else { throw TraceExportRefused(status: answer.status) }
    }
}

/// The endpoint did not take a batch.
struct TraceExportRefused: Error, CustomStringConvertible {
    var status: Int
    var description: String { "the OTLP endpoint answered \(status)" }
}
