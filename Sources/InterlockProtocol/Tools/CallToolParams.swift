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
        let object = try WireObject(json)
        var name: String?
        for (key, value) in object.members {
            do throws(ShapeMismatch) {
                switch key {
                case "name":
                    name = try String(shape: value)
                case "arguments" where !value.isNull:
                    guard value.kind == .object else { throw .expected("an object", got: value) }
                    arguments = value
                case "_meta" where !value.isNull:
                    meta = try Meta(shape: value)
                case "requestState" where !value.isNull:
                    requestState = try String(shape: value)
                case "inputResponses" where !value.isNull:
                    inputResponses = try InputResponses(shape: value)
                case "task" where !value.isNull:
                    task = try TaskMetadata(shape: value)
                default:
                    continue
                }
            } catch {
                throw error.inside(key)
            }
        }
        guard let name else { throw .missing("name") }
        self.name = name
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
