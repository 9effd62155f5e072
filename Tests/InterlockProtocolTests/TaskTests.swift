import InterlockJSON
import InterlockProtocol
import Testing

@Suite("Tasks")
struct TaskTests {
    private static func task(_ status: TaskStatus, _ detail: ToolTask.Detail? = nil) -> ToolTask {
        ToolTask(
            taskId: "t", status: status, statusMessage: "m", createdAt: "2026-01-02T03:04:05Z",
            lastUpdatedAt: "2026-01-02T03:04:06Z", ttlMs: nil, pollIntervalMs: 5, detail: detail)
    }
    private static let states: [ToolTask] = [
        task(.working), task(.cancelled), task(.completed, .result(RawJSON(["resultType": "complete", "content": []]))),
        task(.failed, .error(.internalError())),
        task(.inputRequired, .inputRequests(["f": .elicitation(Specimens.elicitation), "r": .roots()])),
    ]
    private let core = EncodingContext(revision: .v2025_11_25)

    @Test("are wrapped in 2025-11-25 and flat in the extension, with each one's names")
    func shapes() {
        #expect(
            CreateTaskResult(task: Self.task(.working)).encoded(for: core).description
                == #"{"task":{"taskId":"t","status":"working","statusMessage":"m","createdAt":"2026-01-02T03:04:05Z","lastUpdatedAt":"2026-01-02T03:04:06Z","ttl":null,"pollInterval":5}}"#)
        #expect(
            CreateTaskResult(task: Self.task(.working)).encoded().description
                == #"{"resultType":"task","taskId":"t","status":"working","statusMessage":"m","createdAt":"2026-01-02T03:04:05Z","lastUpdatedAt":"2026-01-02T03:04:06Z","ttlMs":null,"pollIntervalMs":5}"#)
        #expect(TaskParams(taskId: "t", inputResponses: [:]).encoded(for: core).description == #"{"taskId":"t"}"#)
    }

    @Test("read as they were written, in both forms", arguments: states)
    func roundTrip(task: ToolTask) throws {
        let read = try TaskResult(decoding: TaskResult(task: task, meta: ["a": 1]).encoded())
        #expect(read.task.encoded().value() == task.encoded().value() && read.meta == ["a": 1])
        var bare = task
        bare.detail = nil
        #expect(try TaskResult(decoding: TaskResult(task: task).encoded(for: core)).task == bare)
        #expect(try CreateTaskResult(decoding: CreateTaskResult(task: task).encoded(for: core)).task == bare)
        #expect(try CreateTaskResult(decoding: CreateTaskResult(task: task).encoded()).task == bare)
    }

    @Test("validate against the published schemas", .enabled(if: ReferenceData.isAvailable), arguments: states)
    func schemas(task: ToolTask) throws {
        let legacy = try #require(PublishedSchema.all[.v2025_11_25])
        #expect(legacy.violations(CreateTaskResult(task: task).encoded(for: core), as: "CreateTaskResult").isEmpty)
        #expect(legacy.violations(task.encoded(for: core), as: "Task").isEmpty)
        #expect(legacy.violations(ListTasksResult(tasks: [task], nextCursor: "c").encoded(for: core), as: "ListTasksResult").isEmpty)
        var configuration = JSONSchemaConfiguration.default
        configuration.maximumSubschemas = 100_000
        let document = try ReferenceData.json("ext-tasks-draft/schema.json").value()
        let schema = try JSONSchema(document, configuration: configuration)
        for (value, definition) in [
            (CreateTaskResult(task: task).encoded(), "CreateTaskResult"), (TaskResult(task: task).encoded(), "GetTaskResult"),
            (task.encoded(), "DetailedTask"),
        ] {
            let violations = try #require(schema.subschema(at: "/$defs/\(definition)")).validate(value)
            #expect(violations.isEmpty, "\(definition): \(violations) in \(value)")
        }
    }

    @Test("are final in three states")
    func final() {
        #expect(TaskStatus.allCases.filter(\.isFinal) == [.completed, .failed, .cancelled])
    }
}
