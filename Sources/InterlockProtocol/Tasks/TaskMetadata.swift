public import InterlockJSON

/// Asks that a request be run as a task (2025-11-25). Spec: 2025-11-25, Utilities › Tasks.
public struct TaskMetadata: WireShape {
    /// How long the task should be kept, in milliseconds from its creation.
    public var ttl: Int?

    /// Names the root `task` in messages about its shape.
    public static var wireRoot: String { "task" }

    /// Makes the request for a task.
    public init(ttl: Int? = nil) {
        self.ttl = ttl
    }

    /// Reads the request for a task.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        ttl = try WireObject(json).optional("ttl")
    }

    /// Writes the request for a task.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("ttl", ttl, context)
        writer.endObject()
    }
}
