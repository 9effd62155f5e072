public import InterlockJSON

/// The params of `completion/complete`. Spec: 2026-07-28, Server Features › Completion.
public struct CompleteParams: WireShape {
    /// The argument being typed.
    public struct Argument: WireShape {
        /// Its name.
        public var name: String
        /// What has been typed so far.
        public var value: String

        /// Makes an argument.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }

        /// Reads an argument.
        public init(shape json: RawJSON) throws(ShapeMismatch) {
            let object = try WireObject(json)
            name = try object.required("name")
            value = try object.required("value")
        }

        /// Writes an argument.
        public func write(into writer: inout JSONWriter, context: EncodingContext) {
            writer.beginObject()
            writer.member("name", name, context)
            writer.member("value", value, context)
            writer.endObject()
        }
    }

    /// Whose argument it is.
    public var ref: CompletionReference
    /// The argument being typed.
    public var argument: Argument
    /// The arguments settled already (2025-06-18 and later); nil if the client sends no context.
    public var contextArguments: OrderedMap<String>?
    /// Metadata of the request.
    public var meta: Meta?

    /// Makes the params.
    public init(
        ref: CompletionReference, argument: Argument, contextArguments: OrderedMap<String>? = nil, meta: Meta? = nil
    ) {
        self.ref = ref
        self.argument = argument
        self.contextArguments = contextArguments
        self.meta = meta
    }

    /// Reads the params.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        ref = try object.required("ref")
        argument = try object.required("argument")
        if let context: RawJSON = try object.optional("context") {
            do throws(ShapeMismatch) {
                contextArguments = try WireObject(context).optional("arguments")
            } catch {
                throw error.inside("context")
            }
        }
        meta = try object.optional("_meta")
    }

    /// Writes the params.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        writer.member("ref", ref, context)
        writer.member("argument", argument, context)
        if context.revision.hasCompletionContext, let contextArguments {
            writer.key("context")
            writer.beginObject()
            writer.member("arguments", contextArguments, context)
            writer.endObject()
        }
        writer.member("_meta", meta, context)
        writer.endObject()
    }
}
