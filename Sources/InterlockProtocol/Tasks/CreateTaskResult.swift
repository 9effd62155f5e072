public import InterlockJSON

/// The answer to a call that became a task: wrapped in `task` in 2025-11-25, flat with the result type `task` in the
/// extension. The task must be there for `tasks/get` before this is sent. Spec: 2025-11-25, Utilities › Tasks.
public struct CreateTaskResult: WireShape, WireResult {
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

    /// Reads a result of either form.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        task = object.member("task") == nil ? try ToolTask(object) : try object.required("task")
        meta = try object.optional("_meta")
    }

    /// Writes the result in the revision's form; a task that was just created carries nothing yet.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        var task = task
        task.detail = nil
        writer.result(type: .task, meta: meta, context: context) { writer in
            if context.revision.hasCoreTasks {
                writer.member("task", task, context)
            } else {
                task.writeMembers(into: &writer, context: context)
            }
        }
    }
}
