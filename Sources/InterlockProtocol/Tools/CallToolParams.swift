public import InterlockJSON

/// The params of `tools/call`. Spec: 2026-07-28, Server Features › Tools.
public struct CallToolParams: WireShape {
    /// Which tool.
    public var name: String
    /// Its arguments, an object in the bytes it came in; nil counts as `{}`.
    public var arguments: RawJSON?
    /// Answers to the `inputRequests` of an earlier round (modern).
    public var inputResponses: InputResponses?
    /// The opaque state of an earlier round, byte for byte (modern). Controlled by the client until its seal is checked.
    public var requestState: String?
    /// Asks that the call be run as a task (2025-11-25).
    public var task: TaskMetadata?
    /// Metadata of the request.
    public var meta: Meta?

    /// Makes the params.
    public init(
        name: String, arguments: RawJSON? = nil, inputResponses: InputResponses? = nil, requestState: String? = nil,
        task: TaskMetadata? = nil, meta: Meta? = nil
    ) {
        self.name = name
        self.arguments = arguments
        self.inputResponses = inputResponses
        self.requestState = requestState
        self.task = task
        self.meta = meta
    }

    /// Reads the params in one pass over the members; `arguments` and `_meta` stay as they are.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        try self.init(WireObject(json))
    }

    package init(_ object: WireObject) throws(ShapeMismatch) {
        name = try object.required("name")
        arguments = try object.optional("arguments")
        if let arguments, arguments.kind != .object {
            throw ShapeMismatch.expected("an object", got: arguments).inside("arguments")
        }
        meta = try object.optional("_meta")
        requestState = try object.optional("requestState")
        inputResponses = try object.optional("inputResponses")
        task = try object.optional("task")
    }

    /// Writes the params.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("name", name, context)
        writer.member("arguments", arguments, context)
        writer.inputAnswers(inputResponses, requestState, context)
        writer.member("task", if: context.revision.hasCoreTasks, task, context)
        writer.member("_meta", meta, context)
        writer.endObject()
    }
}
