import InterlockClient
import InterlockJSON
import InterlockProtocol

/// Answers as a person reads them.
enum ReadableOutput {
    /// The texts of a result; what is no text is named. Structured content shows only where there is nothing else.
    static func text(_ result: CallToolResult) -> String {
        let parts = result.content.map(text)
        if parts.isEmpty, let structured = result.structuredContent { return structured.description }
        return parts.joined(separator: "\n")
    }

    static func text(_ offer: ServerOffer) -> String {
        let info = offer.server.info.map { "\($0.name) \($0.version), " } ?? ""
        var sections = ["\(info)protocol \(offer.server.revision.rawValue)"]
        sections.append(section("Tools", offer.tools.map { ("\($0.name)(\(parameters(of: $0)))", $0.description) }))
        sections.append(section("Resources", offer.resources.map { ($0.uri, $0.title ?? $0.name) }))
        sections.append(section("Resource templates", offer.templates.map { ($0.uriTemplate, $0.title ?? $0.name) }))
        sections.append(section("Prompts", offer.prompts.map { ($0.name, $0.description) }))
        return TerminalText.block(sections.filter { !$0.isEmpty }.joined(separator: "\n\n"))
    }

    private static func text(_ block: ContentBlock) -> String {
        switch block {
        case .text(let content): content.text
        case .image(let content): "[image, \(content.mimeType)]"
        case .audio(let content): "[audio, \(content.mimeType)]"
        case .resourceLink(let link): "[resource \(link.resource.uri)]"
        case .resource(let embedded): text(embedded.resource)
        default: "[content of another kind]"
        }
    }

    private static func text(_ contents: ResourceContents) -> String {
        switch contents {
        case .text(_, _, let text, _): text
        case .blob(let uri, let mimeType, _, _): "[\(mimeType ?? "binary") \(uri)]"
        }
    }

    /// `from, to, amount, note?`: the arguments in the order of the schema, those that may be left out with a question mark.
    private static func parameters(of tool: ToolDefinition) -> String {
        let required = Set(tool.inputSchema["required"]?.elements?.compactMap(\.string) ?? [])
        let names = tool.inputSchema["properties"]?.members?.map(\.key) ?? []
        return names.map { required.contains($0) ? $0 : $0 + "?" }.joined(separator: ", ")
    }

    private static func section(_ title: String, _ rows: [(name: String, description: String?)]) -> String {
        guard !rows.isEmpty else { return "" }
        return ([title] + rows.map { row in "  \(row.name)" + (row.description.map { "\n      \($0)" } ?? "") }).joined(separator: "\n")
    }
}
