public import InterlockJSON

/// What is in a resource: text, or bytes in base64. Spec: 2026-07-28, Server Features › Resources.
public enum ResourceContents: WireShape {
    /// Text.
    case text(uri: String, mimeType: String? = nil, text: String, meta: Meta? = nil)
    /// Bytes, in base64.
    case blob(uri: String, mimeType: String? = nil, blob: String, meta: Meta? = nil)

    /// Names the root `contents` in messages about its shape.
    public static var wireRoot: String { "contents" }

    /// Makes contents from bytes.
    public static func bytes(_ bytes: some Collection<UInt8>, uri: String, mimeType: String? = nil) -> ResourceContents {
        .blob(uri: uri, mimeType: mimeType, blob: Base64.encode(bytes))
    }

    /// Which resource it is.
    public var uri: String {
        switch self {
        case .text(let uri, _, _, _), .blob(let uri, _, _, _): uri
        }
    }

    /// The media type, if known.
    public var mimeType: String? {
        switch self {
        case .text(_, let mimeType, _, _), .blob(_, let mimeType, _, _): mimeType
        }
    }

    /// Reads contents: `text` decides, else `blob`.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        let uri: String = try object.required("uri")
        let mimeType: String? = try object.optional("mimeType")
        let meta: Meta? = try object.optional("_meta")
        if let text: String = try object.optional("text") {
            self = .text(uri: uri, mimeType: mimeType, text: text, meta: meta)
        } else if let blob: String = try object.optional("blob") {
            self = .blob(uri: uri, mimeType: mimeType, blob: blob, meta: meta)
        } else {
            throw ShapeMismatch(problem: "expected a member \"text\" or \"blob\", got neither")
        }
    }

    /// Writes contents.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        writer.beginObject()
        switch self {
        case .text(let uri, let mimeType, let text, let meta):
            writer.member("uri", uri, context)
            writer.member("mimeType", mimeType, context)
            writer.member("text", text, context)
            writer.member("_meta", if: context.revision.hasNestedMeta, meta, context)
        case .blob(let uri, let mimeType, let blob, let meta):
            writer.member("uri", uri, context)
            writer.member("mimeType", mimeType, context)
            writer.member("blob", blob, context)
            writer.member("_meta", if: context.revision.hasNestedMeta, meta, context)
        }
        writer.endObject()
    }
}
