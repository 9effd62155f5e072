public import InterlockJSON

/// The content of a sampling message: one block, or since 2025-11-25 several; the wire has an object or an array.
public struct SamplingContent: WireShape, ExpressibleByArrayLiteral {
    /// The blocks, at least one in a valid message.
    public var blocks: [SamplingContentBlock]

    /// Names the root `content` in messages about its shape.
    public static var wireRoot: String { "content" }

    /// Makes content of blocks.
    public init(_ blocks: [SamplingContentBlock]) {
        self.blocks = blocks
    }

    /// Makes content of blocks.
    public init(arrayLiteral blocks: SamplingContentBlock...) {
        self.blocks = blocks
    }

    /// Makes content of one text.
    public static func text(_ text: String) -> SamplingContent {
        SamplingContent([.text(text)])
    }

    /// All text of the content, block after block on lines of their own.
    public var text: String {
        blocks.compactMap(\.text).joined(separator: "\n")
    }

    /// Reads one block or an array of them.
    public init(shape json: RawJSON) throws(ShapeMismatch) {
        blocks = json.kind == .array ? try [SamplingContentBlock](shape: json) : [try SamplingContentBlock(shape: json)]
    }

    /// Writes one block as an object and several as an array; where only one can be sent, all text as one.
    public func write(into writer: inout JSONWriter, context: EncodingContext) {
        if blocks.count == 1 {
            blocks[0].write(into: &writer, context: context)
        } else if context.revision.hasSamplingTools {
            writer.beginArray()
            for block in blocks { block.write(into: &writer, context: context) }
            writer.endArray()
        } else {
            TextContent(text).write(into: &writer, context: context)
        }
    }
}
