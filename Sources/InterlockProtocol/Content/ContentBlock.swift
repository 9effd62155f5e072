public import InterlockJSON

/// One piece of a tool result or a prompt message. Spec: 2026-07-28, Server Features › Tools.
public enum ContentBlock: WireShape {
    /// Text.
    case text(TextContent)
    /// An image.
    case image(ImageContent)
    /// Sound (2025-03-26 and later).
    case audio(AudioContent)
    /// A pointer to a resource (2025-06-18 and later).
    case resourceLink(ResourceLink)
    /// The contents of a resource.
    case resource(EmbeddedResource)
    /// A kind this library does not know, kept as it came; only reading makes it.
    case unknown(RawJSON)

    /// Names the root `content` in messages about its shape.
    public static var wireRoot: String { "content" }

    /// Plain text.
    public static func text(_ text: String) -> ContentBlock {
        .text(TextContent(text))
    }

    /// An image from base64.
    public static func image(data: String, mimeType: String) -> ContentBlock {
        .image(ImageContent(data: data, mimeType: mimeType))
    }

    /// Sound from base64.
    public static func audio(data: String, mimeType: String) -> ContentBlock {
        .audio(AudioContent(data: data, mimeType: mimeType))
    }

    /// A resource's text.
    public static func resource(uri: String, mimeType: String? = nil, text: String) -> ContentBlock {
        .resource(EmbeddedResource(.text(uri: uri, mimeType: mimeType, text: text)))
    }

    /// The text, if it is text.
    public var text: String? {
        if case .text(let content) = self { content.text } else { nil }
    }

    /// Reads a block; a kind that is not known is kept as it is.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        let object = try WireObject(json)
        switch try object.required("type", as: String.self) {
        case "text": self = .text(try TextContent(object))
        case "image": self = .image(try ImageContent(object))
        case "audio": self = .audio(try AudioContent(object))
        case "resource_link": self = .resourceLink(try ResourceLink(object))
        case "resource": self = .resource(try EmbeddedResource(object))
        default: self = .unknown(json)
        }
    }

    /// Writes a block; kinds the revision lacks become a text that says what they are.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        switch self {
        case .text(let content): content.write(into: &writer, context: context)
        case .image(let content): content.write(into: &writer, context: context)
        case .audio(let content) where context.revision.hasAudio: content.write(into: &writer, context: context)
        case .audio(let content): content.substitute.write(into: &writer, context: context)
        case .resourceLink(let link) where context.revision.hasResourceLinks:
            link.write(into: &writer, context: context)
        case .resourceLink(let link): link.substitute.write(into: &writer, context: context)
        case .resource(let content): content.write(into: &writer, context: context)
        case .unknown(let json): writer.raw(json)
        }
    }
}
