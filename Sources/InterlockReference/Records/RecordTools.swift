import InterlockJSON
import InterlockServer

/// `enrich_record`: a call to an outside API that refuses who asks too often.
enum RecordTools {
    static func make(_ client: RecordClient, limits: RecordLimits, mode: DemoMode) -> [any Feature] {
        let enrich = Tool<EnrichInput>.reference(
            "enrich_record", "Looks a record up in an outside API that allows 5 requests a second; callers wait for their turn.", mode: mode, readOnly: true
        ) { input, _ in
            let record = try await client.record(input.recordId)
            return EnrichAnswer(recordId: record.id, category: record.category, score: record.score)
        }
        switch mode {
        case .guarded: return [enrich.concurrency(min(limits.requests, limits.inFlight)).queue(depth: 100, deadline: .seconds(30))]
        case .unsafe: return [enrich]
        }
    }

    struct EnrichInput: Decodable, ToolInput {
        var recordId: String
        static let inputSchema = InputSchema { .string("recordId", "Id of the record", minLength: 1, maxLength: 64) }.schema
    }

    struct EnrichAnswer: AnswerValue {
        var recordId: String
        var category: String
        var score: Int

        static let schema = AnswerSchema([
            "recordId": .schema("string", "Id of the record"), "category": .schema("string", "What kind of record it is"),
            "score": .schema("integer", "From 0 to 99"),
        ])
    }
}
