public import InterlockJSON

/// One piece of a sampling message. Spec: 2026-07-28, Client Features › Sampling (deprecated there).
public enum SamplingContentBlock: WireShape {
    /// Text.
    case text(TextContent)
    /// An image.
    case image(ImageContent)
    /// Sound (2025-03-26 and later).
    case audio(AudioContent)
    /// A model's wish to call a tool (2025-11-25 and later).
    case toolUse(ToolUseContent)
    /// What the tool returned (2025-11-25 and later).
    case toolResult(ToolResultContent)
    /// A kind this library does not know, kept as it came; only reading makes it.
    case unknown(RawJSON)

    /// Names the root `content` in messages about its shape.
    public static var wireRoot: String { "content" }

    /// Plain text.
    public static func text(_ text: String) -> SamplingContentBlock {
        .text(TextContent(text))
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
        case "tool_use": self = .toolUse(try ToolUseContent(shape: json))
        case "tool_result": self = .toolResult(try ToolResultContent(shape: json))
        default: self = .unknown(json)
        }
    }

    /// Writes a block; sound becomes a text in revisions without it.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        switch self {
        case .text(let content): content.write(into: &writer, context: context)
        case .image(let content): content.write(into: &writer, context: context)
        case .audio(let content) where context.revision.hasAudio: content.write(into: &writer, context: context)
        case .audio(let content): content.substitute.write(into: &writer, context: context)
        case .toolUse(let content): content.write(into: &writer, context: context)
        case .toolResult(let content): content.write(into: &writer, context: context)
        case .unknown(let json): writer.raw(json)
        }
    }
}
