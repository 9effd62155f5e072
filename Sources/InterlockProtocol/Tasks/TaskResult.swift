public import InterlockJSON

/// The result of `tasks/get`, and of `tasks/cancel` in 2025-11-25: the task itself; also the params of
/// `notifications/tasks/status` (2025-11-25) and `notifications/tasks` (extension). Spec: 2025-11-25, Utilities › Tasks.
public struct TaskResult: WireShape, WireResult {
    /// The task.
    public var task: ToolTask
    /// Metadata of the result.
    public var meta: Meta?

    /// Names the root `result` in messages about its shape.
    public static var wireRoot: String { "result" }

    /// Makes the result.
    public init(task: ToolTask, meta: Meta? = nil) {
        self.task = task
        self.meta = meta
    }

    /// Reads the result.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        task = try ToolTask(object)
        meta = try object.optional("_meta")
    }

    /// Writes the result.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.result(meta: meta, context: context) { task.writeMembers(into: &$0, context: context) }
    }

    /// Writes the same as params of a notification, which has no result type.
    public func writeParams(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        task.writeMembers(into: &writer, context: context)
        writer.member("_meta", meta, context)
        writer.endObject()
    }
}
