public import InterlockJSON

/// How a tool may be run (2025-11-25). Spec: 2025-11-25, Utilities › Tasks.
public struct ToolExecution: WireShape {
    /// Whether calls may be turned into tasks.
    public enum TaskSupport: String, WireEnumeration, Sendable, Hashable {
        /// They may not. The default.
        case forbidden
        /// They may.
        case optional
        /// They must.
        case required
    }

    /// Whether calls may be turned into tasks; nil means forbidden.
    public var taskSupport: TaskSupport?

    /// Makes execution properties.
    public init(taskSupport: TaskSupport? = nil) {
        self.taskSupport = taskSupport
    }

    /// Reads execution properties.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        taskSupport = try WireObject(json).optional("taskSupport")
    }

    /// Writes execution properties.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("taskSupport", taskSupport, context)
        writer.endObject()
    }
}
