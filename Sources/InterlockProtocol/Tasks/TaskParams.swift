public import InterlockJSON

/// The params that name one task: of `tasks/get`, `tasks/cancel`, `tasks/result` (2025-11-25) and, with answers,
/// `tasks/update` (extension). Spec: 2025-11-25, Utilities › Tasks.
public struct TaskParams: WireShape {
    /// Which task; worth nothing without a check that the caller may see it.
    public var taskId: String
    /// Answers to what the task waits for, all or some (`tasks/update`).
    public var inputResponses: InputResponses?
    /// Metadata of the request.
    public var meta: Meta?

    /// Makes the params.
    public init(taskId: String, inputResponses: InputResponses? = nil, meta: Meta? = nil) {
        self.taskId = taskId
        self.inputResponses = inputResponses
        self.meta = meta
    }

    /// Reads the params.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        taskId = try object.required("taskId")
        inputResponses = try object.optional("inputResponses")
        meta = try object.optional("_meta")
    }

    /// Writes the params.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("taskId", taskId, context)
        writer.member("inputResponses", if: context.revision.hasMultiRoundTrip, inputResponses, context)
        writer.member("_meta", meta, context)
        writer.endObject()
    }
}
