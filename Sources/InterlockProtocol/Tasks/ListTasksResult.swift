public import InterlockJSON

/// The result of `tasks/list` (2025-11-25): one page. Spec: 2025-11-25, Utilities › Tasks.
public struct ListTasksResult: WireShape, WireResult {
    /// The tasks of this page.
    public var tasks: [ToolTask]
    /// Where the next page begins; nil after the last.
    public var nextCursor: String?
    /// Metadata of the result.
    public var meta: Meta?

    /// Names the root `result` in messages about its shape.
    public static var wireRoot: String { "result" }

    /// Makes a page.
    public init(tasks: [ToolTask], nextCursor: String? = nil, meta: Meta? = nil) {
        self.tasks = tasks
        self.nextCursor = nextCursor
        self.meta = meta
    }

    /// Reads a page.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        tasks = try object.required("tasks")
        nextCursor = try object.optional("nextCursor")
        meta = try object.optional("_meta")
    }

    /// Writes a page.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.result(meta: meta, context: context) { writer in
            writer.member("tasks", tasks, context)
            writer.member("nextCursor", nextCursor, context)
        }
    }
}
