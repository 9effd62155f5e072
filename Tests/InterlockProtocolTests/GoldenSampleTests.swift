import InterlockJSON
import InterlockProtocol
import Testing

@Suite("Published samples of 2026-07-28", .enabled(if: ReferenceData.isAvailable))
struct GoldenSampleTests {
    @Test("decode into their type and are written back with the same meaning", arguments: ReferenceData.samples)
    func roundTrip(sample: String) throws {
        let json = try ReferenceData.json("2026-07-28/examples/\(sample)")
        let type = String(sample.prefix { $0 != "/" })
        let recode = try #require(Self.shapes[type], "no shape for samples of \(type)")
        #expect(Self.normalized(try recode(json).value()) == Self.normalized(json.value()))
    }

    @Test("are all there")
    func count() {
        #expect(ReferenceData.samples.count > 100)
    }

    /// Both sides without members that say what their absence says too.
    static func normalized(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let elements):
            return .array(elements.map(normalized))
        case .object(let object):
            var result = JSONObject()
            for (key, value) in object { result[key] = normalized(value) }
            if result["isError"] == false { result["isError"] = nil }
            if result["requestedSchema"] != nil, result["mode"] == "form" { result["mode"] = nil }
            if result["ttlMs"] == 0, result["cacheScope"] == "private" {
                result["ttlMs"] = nil
                result["cacheScope"] = nil
            }
            if result["method"] == "roots/list" { result["id"] = nil }
            return .object(result)
        default:
            return value
        }
    }

    typealias Recode = @Sendable (RawJSON) throws -> RawJSON

    static let shapes: [String: Recode] = {
        var shapes: [String: Recode] = [
            "Annotations": recode(Annotations.self), "AudioContent": recode(ContentBlock.self),
            "BlobResourceContents": recode(ResourceContents.self), "BooleanSchema": recode(PrimitiveSchema.self),
            "CallToolRequestParams": recode(CallToolParams.self), "CallToolResult": recode(CallToolResult.self),
            "CancelledNotificationParams": recode(CancelledParams.self),
            "ClientCapabilities": recode(ClientCapabilities.self), "CompleteRequestParams": recode(CompleteParams.self),
            "CompleteResult": recode(CompleteResult.self), "CreateMessageRequest": recode(InputRequest.self),
            "CreateMessageRequestParams": recode(CreateMessageParams.self),
            "CreateMessageResult": recode(CreateMessageResult.self), "DiscoverResult": recode(DiscoverResult.self),
            "ElicitRequest": recode(InputRequest.self), "ElicitRequestFormParams": recode(ElicitParams.self),
            "ElicitRequestURLParams": recode(ElicitParams.self), "ElicitResult": recode(ElicitResult.self),
            "EmbeddedResource": recode(ContentBlock.self), "GetPromptRequestParams": recode(GetPromptParams.self),
            "GetPromptResult": recode(GetPromptResult.self), "ImageContent": recode(ContentBlock.self),
            "InputRequests": recode(InputRequests.self), "InputRequiredResult": recode(InputRequiredResult.self),
            "InputResponses": recode(InputResponses.self), "InternalError": recode(ProtocolError.self),
            "InvalidParamsError": recode(ProtocolError.self), "ListPromptsResult": recode(ListPromptsResult.self),
            "ListResourceTemplatesResult": recode(ListResourceTemplatesResult.self),
            "ListResourcesResult": recode(ListResourcesResult.self), "ListRootsRequest": recode(InputRequest.self),
            "ListRootsResult": recode(ListRootsResult.self), "ListToolsResult": recode(ListToolsResult.self),
            "LoggingMessageNotificationParams": recode(LoggingMessageParams.self),
            "MethodNotFoundError": recode(ProtocolError.self), "ModelPreferences": recode(ModelPreferences.self),
            "NumberSchema": recode(PrimitiveSchema.self), "PaginatedRequestParams": recode(PaginatedParams.self),
            "ParseError": recode(ProtocolError.self), "ProgressNotificationParams": recode(ProgressParams.self),
            "ReadResourceResult": recode(ReadResourceResult.self), "Resource": recode(ResourceDefinition.self),
            "ResourceLink": recode(ContentBlock.self), "ResourceUpdatedNotificationParams": recode(ResourceParams.self),
            "Root": recode(Root.self), "SamplingMessage": recode(SamplingMessage.self),
            "ServerCapabilities": recode(ServerCapabilities.self), "StringSchema": recode(PrimitiveSchema.self),
            "SubscriptionsListenResult": recode(SubscriptionsListenResult.self),
            "TextContent": recode(ContentBlock.self), "TextResourceContents": recode(ResourceContents.self),
            "TitledMultiSelectEnumSchema": recode(PrimitiveSchema.self),
            "TitledSingleSelectEnumSchema": recode(PrimitiveSchema.self), "Tool": recode(ToolDefinition.self),
            "ToolResultContent": recode(SamplingContentBlock.self), "ToolUseContent": recode(SamplingContentBlock.self),
            "UntitledMultiSelectEnumSchema": recode(PrimitiveSchema.self),
            "UntitledSingleSelectEnumSchema": recode(PrimitiveSchema.self),
        ]
        for name in [
            "CallToolRequest", "CompleteRequest", "DiscoverRequest", "GetPromptRequest", "ListPromptsRequest",
            "ListResourceTemplatesRequest", "ListResourcesRequest", "ListToolsRequest", "ReadResourceRequest",
            "SubscriptionsListenRequest", "CancelledNotification", "LoggingMessageNotification", "ProgressNotification",
            "PromptListChangedNotification", "ResourceListChangedNotification", "ResourceUpdatedNotification",
            "SubscriptionsAcknowledgedNotification", "ToolListChangedNotification", "HeaderMismatchError",
            "MissingRequiredClientCapabilityError", "UnsupportedProtocolVersionError",
        ] {
            shapes[name] = { try message($0, result: nil) }
        }
        let results: [String: Recode] = [
            "CallTool": recode(CallToolResult.self), "Complete": recode(CompleteResult.self),
            "Discover": recode(DiscoverResult.self), "GetPrompt": recode(GetPromptResult.self),
            "ListPrompts": recode(ListPromptsResult.self), "ListTools": recode(ListToolsResult.self),
            "ListResourceTemplates": recode(ListResourceTemplatesResult.self),
            "ListResources": recode(ListResourcesResult.self), "ReadResource": recode(ReadResourceResult.self),
            "SubscriptionsListen": recode(SubscriptionsListenResult.self),
        ]
        for (name, result) in results {
            shapes["\(name)ResultResponse"] = { try message($0, result: result) }
        }
        return shapes
    }()

    private static func recode<Shape: WireDecodable & WireEncodable>(_ type: Shape.Type) -> Recode {
        { try Shape(decoding: $0).encoded() }
    }

    /// A whole message, through the scanner and the message writer.
    private static func message(_ json: RawJSON, result: Recode?) throws -> RawJSON {
        let scanned = try ScannedMessage.scan(Array(json.bytes))
        if let error = scanned.error {
            return try RawJSON(JSONRPC.error(id: scanned.id, ProtocolError(decoding: error)))
        }
        if let method = scanned.method {
            let recode = try #require(params[method], "no params for \(method)")
            let params = try scanned.params.map(recode)
            return try RawJSON(
                scanned.id.map { JSONRPC.request(id: $0, method: method, params: params) }
                    ?? JSONRPC.notification(method, params: params))
        }
        let id = try #require(scanned.id)
        let recode = try #require(result, "a response without a shape for its result")
        let written = try recode(try #require(scanned.result))
        return try RawJSON(JSONRPC.response(id: id, result: written))
    }

    private static let params: [String: Recode] = [
        Method.discover: recode(RequestParams.self), Method.toolsList: recode(PaginatedParams.self),
        Method.toolsCall: recode(CallToolParams.self), Method.resourcesList: recode(PaginatedParams.self),
        Method.resourceTemplatesList: recode(PaginatedParams.self), Method.promptsList: recode(PaginatedParams.self),
        Method.resourcesRead: recode(ReadResourceParams.self), Method.promptsGet: recode(GetPromptParams.self),
        Method.complete: recode(CompleteParams.self), Method.subscriptionsListen: recode(SubscriptionsListenParams.self),
        Method.cancelled: recode(CancelledParams.self), Method.progress: recode(ProgressParams.self),
        Method.message: recode(LoggingMessageParams.self), Method.toolsListChanged: recode(RequestParams.self),
        Method.promptsListChanged: recode(RequestParams.self), Method.resourcesListChanged: recode(RequestParams.self),
        Method.resourcesUpdated: recode(ResourceParams.self),
        Method.subscriptionsAcknowledged: recode(SubscriptionsAcknowledgedParams.self),
    ]
}
