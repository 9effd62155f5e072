import InterlockJSON
import InterlockProtocol

/// One value of every shape with every member set, to be written for every revision.
enum Specimens {
    static let icon = Icon(src: "https://a.example/i.png", mimeType: "image/png", sizes: ["48x48"], theme: .dark)
    static let annotations = Annotations(audience: [.user, .assistant], priority: 0.5, lastModified: "2026-01-02T03:04:05Z")
    static let meta: Meta = ["example.com/a": 1]
    static let implementation = Implementation(
        name: "n", version: "1", title: "N", description: "d", websiteUrl: "https://a.example", icons: [icon])
    static let clientCapabilities = ClientCapabilities(
        elicitation: .init(form: [:], url: [:]), sampling: .init(context: [:], tools: [:]), roots: .init(listChanged: true),
        tasks: ["list": [:], "cancel": [:]], extensions: ["a.example/b": ["x": 1]], experimental: ["e": [:]])
    static let serverCapabilities = ServerCapabilities(
        tools: .init(listChanged: true), resources: .init(listChanged: true, subscribe: true),
        prompts: .init(listChanged: false), completions: [:], logging: [:],
        tasks: ["requests": ["tools": ["call": [:]]]], extensions: ["a.example/b": [:]], experimental: ["e": [:]])
    static let tool = ToolDefinition(
        name: "t", title: "T", description: "d", icons: [icon],
        inputSchema: RawJSON(["type": "object", "properties": ["a": ["type": "string"]], "required": ["a"]]),
        outputSchema: RawJSON(["type": "array", "items": ["type": "integer"]]),
        annotations: ToolAnnotations(
            title: "T", readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false),
        execution: ToolExecution(taskSupport: .optional), meta: meta)
    static let resource = ResourceDefinition(
        uri: "file:///a", name: "a", title: "A", description: "d", mimeType: "text/plain", size: 3, icons: [icon],
        annotations: annotations, meta: meta)
    static let template = ResourceTemplateDefinition(
        uriTemplate: "file:///{a}", name: "a", title: "A", description: "d", mimeType: "text/plain", icons: [icon],
        annotations: annotations, meta: meta)
    static let prompt = PromptDefinition(
        name: "p", title: "P", description: "d",
        arguments: [PromptArgument(name: "a", title: "A", description: "d", required: true)], icons: [icon], meta: meta)
    static let contents: [ResourceContents] = [
        .text(uri: "file:///a", mimeType: "text/plain", text: "x", meta: meta),
        .blob(uri: "file:///b", mimeType: "image/png", blob: "AAAA", meta: meta),
    ]
    static let content: [ContentBlock] = [
        .text(TextContent("x", annotations: annotations, meta: meta)),
        .image(ImageContent(data: "AAAA", mimeType: "image/png", annotations: annotations, meta: meta)),
        .audio(AudioContent(data: "AAAA", mimeType: "audio/wav", annotations: annotations, meta: meta)),
        .resourceLink(ResourceLink(resource)),
        .resource(EmbeddedResource(contents[0], annotations: annotations, meta: meta)),
        .resource(EmbeddedResource(contents[1])),
    ]
    static let sampling: [SamplingMessage] = [
        .user("hi"),
        SamplingMessage(role: .assistant, content: [.audio(AudioContent(data: "AAAA", mimeType: "audio/wav", meta: meta))]),
    ]
    static let samplingWithTools: [SamplingMessage] = [
        SamplingMessage(
            role: .assistant,
            content: [.text("a"), .toolUse(ToolUseContent(id: "u", name: "t", input: RawJSON(["a": 1]), meta: meta))],
            meta: meta),
        SamplingMessage(
            role: .user,
            content: [
                .toolResult(ToolResultContent(
                    toolUseId: "u",
                    result: CallToolResult(content: [.text("x")], structuredContent: RawJSON(["a": 1]), isError: true, meta: meta)))
            ]),
    ]
    static func createMessage(_ revision: ProtocolRevision) -> CreateMessageParams {
        CreateMessageParams(
            messages: revision.hasSamplingTools ? sampling + samplingWithTools : sampling, maxTokens: 10,
            modelPreferences: ModelPreferences(
                hints: [.init(name: "m")], costPriority: 0, speedPriority: 0.5, intelligencePriority: 1),
            systemPrompt: "s", includeContext: CreateMessageParams.IncludeContext.none, temperature: 0.7,
            stopSequences: ["."], metadata: RawJSON(["x": 1]), tools: [tool], toolChoice: ToolChoice(.auto),
            task: TaskMetadata(ttl: 5), meta: meta)
    }
    static let form: ElicitationSchema = {
        var form = ElicitationSchema(
            [
                "text": PrimitiveSchema(
                    .string(minLength: 1, maxLength: 9, format: .email, default: "a"), title: "T", description: "d"),
                "number": PrimitiveSchema(.number(minimum: 0, maximum: 9.5, default: 1.5), title: "T", description: "d"),
                "integer": PrimitiveSchema(.integer(minimum: 0, maximum: 9, default: 1)),
                "flag": PrimitiveSchema(.boolean(default: true), title: "T", description: "d"),
                "one": PrimitiveSchema(.choice(["a", "b"], default: "a"), title: "T", description: "d"),
                "titled": PrimitiveSchema(.choice([EnumOption("a", title: "A"), "b"], default: "a")),
                "many": PrimitiveSchema(.choices(["a", "b"], minItems: 0, maxItems: 2, default: ["a"]), title: "T"),
                "manyTitled": PrimitiveSchema(.choices([EnumOption("a", title: "A")], default: [])),
                "legacy": PrimitiveSchema(.legacyChoice([EnumOption("a", title: "A")], default: "a")),
            ], required: ["text", "many"])
        form.schema = "https://json-schema.org/draft/2020-12/schema"
        return form
    }()
    static let elicitation = ElicitParams(message: "m", mode: .form(form), task: TaskMetadata(ttl: 1), meta: meta)
    static let urlElicitation = ElicitParams(
        message: "m", mode: .url("https://a.example", elicitationId: "e"), meta: meta)
    static let inputResponses: InputResponses = [
        "e": .elicitation(.accept(["a": 1, "b": ["c"], "d": true])),
        "s": .sampling(CreateMessageResult(content: .text("x"), model: "m", stopReason: .endTurn, meta: meta)),
        "r": .roots(ListRootsResult(roots: [Root(uri: "file:///a", name: "a", meta: meta)])),
    ]
}
