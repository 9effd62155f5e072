public import InterlockJSON

/// A call that outlives its request: what the specification calls a task, in its core form (2025-11-25) and that of the
/// extension `io.modelcontextprotocol/tasks` (2026-07-28). Spec: 2025-11-25, Utilities › Tasks.
public struct ToolTask: WireShape {
    /// What a finished or waiting task carries; only the extension puts it into the task.
    public enum Detail: Sendable, Hashable {
        /// Everything it waits for.
        case inputRequests(InputRequests)
        /// The result of the call.
        case result(RawJSON)
        /// The protocol error of the call.
        case error(ProtocolError)
    }

    /// The unguessable name of the task.
    public var taskId: String
    /// Where it is.
    public var status: TaskStatus
    /// More about that, for people.
    public var statusMessage: String?
    /// When it was created, ISO 8601.
    public var createdAt: String
    /// When it last changed, ISO 8601.
    public var lastUpdatedAt: String
    /// How long it is kept, in milliseconds from its creation; nil is without end.
    public var ttlMs: Int?
    /// How long a client should wait between two questions, in milliseconds.
    public var pollIntervalMs: Int?
    /// What it carries (extension).
    public var detail: Detail?

    /// Names the root `task` in messages about its shape.
    public static var wireRoot: String { "task" }

    /// Describes a task.
    public init(
        taskId: String, status: TaskStatus, statusMessage: String? = nil, createdAt: String, lastUpdatedAt: String,
        ttlMs: Int?, pollIntervalMs: Int? = nil, detail: Detail? = nil
    ) {
        self.taskId = taskId
        self.status = status
        self.statusMessage = statusMessage
        self.createdAt = createdAt
        self.lastUpdatedAt = lastUpdatedAt
        self.ttlMs = ttlMs
        self.pollIntervalMs = pollIntervalMs
        self.detail = detail
    }

    /// Reads a task of either form.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        try self.init(WireObject(json))
    }

    package init(_ object: WireObject) throws(ShapeMismatch) {
        taskId = try object.required("taskId")
        status = try object.required("status")
        statusMessage = try object.optional("statusMessage")
        createdAt = try object.required("createdAt")
        lastUpdatedAt = try object.required("lastUpdatedAt")
        ttlMs = try object.optional(object.member("ttlMs") == nil ? "ttl" : "ttlMs")
        pollIntervalMs = try object.optional(object.member("pollIntervalMs") == nil ? "pollInterval" : "pollIntervalMs")
        if let requests: InputRequests = try object.optional("inputRequests") {
            detail = .inputRequests(requests)
        } else if let result: RawJSON = try object.optional("result") {
            detail = .result(result)
        } else if let error: ProtocolError = try object.optional("error") {
            detail = .error(error)
        }
    }

    /// Writes a task in the revision's form.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writeMembers(into: &writer, context: context)
        writer.endObject()
    }

    package func writeMembers(into writer: inout JSONWriter, context: EncodingContext) {
        let isCore = context.revision.hasCoreTasks
        writer.member("taskId", taskId, context)
        writer.member("status", status, context)
        writer.member("statusMessage", statusMessage, context)
        writer.member("createdAt", createdAt, context)
        writer.member("lastUpdatedAt", lastUpdatedAt, context)
        writer.member(isCore ? "ttl" : "ttlMs", ttlMs.map { RawJSON(.number(JSONNumber($0))) } ?? .null, context)
        writer.member(isCore ? "pollInterval" : "pollIntervalMs", pollIntervalMs, context)
        guard !isCore else { return }
        switch detail {
        case .inputRequests(let requests): writer.member("inputRequests", requests, context)
        case .result(let result): writer.member("result", result, context)
        case .error(let error): writer.member("error", error, context)
        case nil: break
        }
    }
}
