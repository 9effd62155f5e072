import InterlockJSON
import InterlockProtocol
import Testing

@Suite("What is written for a revision", .enabled(if: ReferenceData.isAvailable))
struct SchemaConformanceTests {
    @Test("results validate against its schema, and have no members it does not name", arguments: ProtocolRevision.allCases)
    func results(revision: ProtocolRevision) throws {
        let cacheHint = CacheHint(ttlMs: 5, scope: .public)
        let context = EncodingContext(
            revision: revision, serverInfo: Specimens.implementation.encoded(for: EncodingContext(revision: revision)),
            cacheHint: cacheHint)
        var results: [(String, any WireEncodable)] = [
            (
                "CallToolResult",
                CallToolResult(
                    content: Specimens.content, structuredContent: RawJSON(["a": 1]), isError: true, meta: Specimens.meta)
            ),
            ("CallToolResult", CallToolResult(content: [], structuredContent: RawJSON(text: "[1,2]"))),
            ("ListToolsResult", ListToolsResult(tools: [Specimens.tool], nextCursor: "c", meta: Specimens.meta)),
            ("ListResourcesResult", ListResourcesResult(resources: [Specimens.resource], nextCursor: "c")),
            ("ListResourceTemplatesResult", ListResourceTemplatesResult(resourceTemplates: [Specimens.template])),
            ("ReadResourceResult", ReadResourceResult(contents: Specimens.contents, cacheHint: cacheHint)),
            ("ListPromptsResult", ListPromptsResult(prompts: [Specimens.prompt])),
            (
                "GetPromptResult",
                GetPromptResult(
                    messages: Specimens.content.map { PromptMessage(role: .user, content: $0) }, description: "d")
            ),
            ("CompleteResult", CompleteResult(values: ["a"], total: 1, hasMore: false, meta: Specimens.meta)),
            ("EmptyResult", EmptyResult(meta: Specimens.meta)),
            ("CreateMessageResult", CreateMessageResult(content: .text("x"), model: "m", stopReason: .maxTokens)),
            ("ListRootsResult", ListRootsResult(roots: [Root(uri: "file:///a", name: "a", meta: Specimens.meta)])),
        ]
        if revision.hasElicitation {
            results.append(("ElicitResult", ElicitResult.accept(["a": "b", "n": 1])))
        }
        if revision.hasHandshake {
            results.append((
                "InitializeResult",
                InitializeResult(
                    protocolVersion: revision.rawValue, capabilities: Specimens.serverCapabilities,
                    serverInfo: Specimens.implementation, instructions: "i", meta: Specimens.meta)
            ))
        } else {
            results += [
                (
                    "DiscoverResult",
                    DiscoverResult(
                        supportedVersions: [revision.rawValue], capabilities: Specimens.serverCapabilities, instructions: "i")
                ),
                ("SubscriptionsListenResult", SubscriptionsListenResult(subscriptionId: 1, meta: Specimens.meta)),
                (
                    "InputRequiredResult",
                    InputRequiredResult(
                        inputRequests: [
                            "f": .elicitation(Specimens.elicitation), "u": .elicitation(Specimens.urlElicitation),
                            "s": .sampling(Specimens.createMessage(revision)), "r": .roots(),
                        ], requestState: "s", meta: Specimens.meta)
                ),
            ]
        }
        for (definition, result) in results {
            expectValid(result.encoded(for: context), as: definition, in: revision)
        }
    }

    @Test("requests and notifications validate against its schema", arguments: ProtocolRevision.allCases)
    func messages(revision: ProtocolRevision) throws {
        let requestMeta = RequestMeta(
            clientCapabilities: Specimens.clientCapabilities, clientInfo: Specimens.implementation, logLevel: .info,
            progressToken: 1)
        let meta: Meta = revision.isModern ? requestMeta.meta(adding: Specimens.meta) : ["progressToken": "p"]
        var messages: [(String, String, any WireEncodable)] = [
            ("ListToolsRequest", Method.toolsList, PaginatedParams(cursor: "", meta: meta)),
            (
                "CallToolRequest", Method.toolsCall,
                CallToolParams(
                    name: "t", arguments: RawJSON(["a": 1]), inputResponses: Specimens.inputResponses, requestState: "s",
                    task: TaskMetadata(ttl: 1), meta: meta)
            ),
            ("ListResourcesRequest", Method.resourcesList, PaginatedParams(meta: meta)),
            ("ListResourceTemplatesRequest", Method.resourceTemplatesList, PaginatedParams(meta: meta)),
            (
                "ReadResourceRequest", Method.resourcesRead,
                ReadResourceParams(uri: "file:///a", inputResponses: Specimens.inputResponses, meta: meta)
            ),
            ("ListPromptsRequest", Method.promptsList, PaginatedParams(meta: meta)),
            (
                "GetPromptRequest", Method.promptsGet,
                GetPromptParams(name: "p", arguments: ["a": "b"], requestState: "s", meta: meta)
            ),
            (
                "CompleteRequest", Method.complete,
                CompleteParams(
                    ref: .prompt(name: "p", title: "P"), argument: .init(name: "a", value: "v"),
                    contextArguments: ["b": "c"], meta: meta)
            ),
            (
                "CompleteRequest", Method.complete,
                CompleteParams(ref: .resource(uri: "file:///{a}"), argument: .init(name: "a", value: ""), meta: meta)
            ),
            ("CancelledNotification", Method.cancelled, CancelledParams(requestId: "a", reason: "r", meta: Specimens.meta)),
            (
                "ProgressNotification", Method.progress,
                ProgressParams(progressToken: 1, progress: 0.5, total: 2, message: "m", meta: Specimens.meta)
            ),
            (
                "LoggingMessageNotification", Method.message,
                LoggingMessageParams(level: .alert, logger: "l", data: RawJSON("x"), meta: Specimens.meta)
            ),
            ("ToolListChangedNotification", Method.toolsListChanged, RequestParams(meta: Specimens.meta)),
            ("PromptListChangedNotification", Method.promptsListChanged, RequestParams(meta: Specimens.meta)),
            ("ResourceListChangedNotification", Method.resourcesListChanged, RequestParams(meta: Specimens.meta)),
            ("ResourceUpdatedNotification", Method.resourcesUpdated, ResourceParams(uri: "file:///a", meta: Specimens.meta)),
        ]
        if revision.hasHandshake {
            messages += [
                (
                    "InitializeRequest", Method.initialize,
                    InitializeParams(
                        protocolVersion: revision.rawValue, capabilities: Specimens.clientCapabilities,
                        clientInfo: Specimens.implementation, meta: meta)
                ),
                ("InitializedNotification", Method.initialized, RequestParams()),
                ("PingRequest", Method.ping, RequestParams(meta: meta)),
                ("SetLevelRequest", Method.setLevel, SetLevelParams(level: .debug, meta: meta)),
                ("SubscribeRequest", Method.resourcesSubscribe, ResourceParams(uri: "file:///a", meta: meta)),
                ("UnsubscribeRequest", Method.resourcesUnsubscribe, ResourceParams(uri: "file:///a", meta: meta)),
                ("ListRootsRequest", Method.rootsList, RequestParams(meta: meta)),
                ("RootsListChangedNotification", Method.rootsListChanged, RequestParams()),
                ("CreateMessageRequest", Method.samplingCreateMessage, Specimens.createMessage(revision)),
            ]
            if revision.hasElicitation {
                messages.append(("ElicitRequest", Method.elicitationCreate, Specimens.elicitation))
            }
            if revision.hasURLElicitation {
                messages += [
                    ("ElicitRequest", Method.elicitationCreate, Specimens.urlElicitation),
                    (
                        "ElicitationCompleteNotification", Method.elicitationComplete,
                        ElicitationCompleteParams(elicitationId: "e")
                    ),
                ]
            }
        } else {
            let filter = SubscriptionFilter(
                toolsListChanged: true, promptsListChanged: true, resourcesListChanged: false, resourceSubscriptions: ["a:b"])
            messages += [
                ("DiscoverRequest", Method.discover, RequestParams(meta: meta)),
                (
                    "SubscriptionsListenRequest", Method.subscriptionsListen,
                    SubscriptionsListenParams(notifications: filter, meta: meta)
                ),
                (
                    "SubscriptionsAcknowledgedNotification", Method.subscriptionsAcknowledged,
                    SubscriptionsListenParams.acknowledged(filter, subscriptionId: "l")
                ),
            ]
        }
        let context = EncodingContext(revision: revision)
        for (definition, method, params) in messages {
            let params = params.encoded(for: context)
            let isRequest = definition.hasSuffix("Request")
            let bytes = isRequest
                ? JSONRPC.request(id: 1, method: method, params: params) : JSONRPC.notification(method, params: params)
            expectValid(try RawJSON(bytes), as: isRequest ? "JSONRPCRequest" : "JSONRPCNotification", in: revision)
            // Until 2025-06-18 the definition of a request is its method and params, without the frame.
            let hasFrame = revision >= .v2025_11_25
            let message = hasFrame ? try RawJSON(bytes) : RawJSON(["method": .string(method), "params": params.value()])
            expectValid(message, as: definition, in: revision)
        }
    }

    @Test("errors validate against its schema", arguments: ProtocolRevision.allCases)
    func errors(revision: ProtocolRevision) throws {
        let definition = revision >= .v2025_11_25 ? "JSONRPCErrorResponse" : "JSONRPCError"
        for error in [
            ProtocolError.parseError("m"), .resourceNotFound(uri: "a:b", revision: revision),
            .unsupportedProtocolVersion(requested: "x", supported: ProtocolRevision.allCases),
        ] {
            expectValid(try RawJSON(JSONRPC.error(id: 1, error, revision: revision)), as: definition, in: revision)
        }
        if revision.hasElicitationID {
            let error = ProtocolError.urlElicitationRequired([Specimens.urlElicitation], message: "m")
            expectValid(try RawJSON(JSONRPC.error(id: 1, error)), as: "URLElicitationRequiredError", in: revision)
        }
        if revision.isModern {
            let capability = ProtocolError.missingRequiredClientCapability(Specimens.clientCapabilities)
            expectValid(try RawJSON(JSONRPC.error(id: 1, capability)), as: "MissingRequiredClientCapabilityError", in: revision)
            let version = ProtocolError.unsupportedProtocolVersion(requested: "x", supported: [.latest])
            expectValid(try RawJSON(JSONRPC.error(id: 1, version)), as: "UnsupportedProtocolVersionError", in: revision)
            let header = ProtocolError.headerMismatch("m")
            expectValid(try RawJSON(JSONRPC.error(id: 1, header)), as: "HeaderMismatchError", in: revision)
            expectValid(try RawJSON(JSONRPC.error(id: nil, header)), as: "HeaderMismatchError", in: revision)
        }
    }

    @Test("the closed schema notices a member of a later revision")
    func negativeControl() throws {
        let tools = ListToolsResult(tools: [Specimens.tool]).encoded(for: EncodingContext(revision: .v2025_11_25))
        let schema = try #require(PublishedSchema.all[.v2025_06_18])
        #expect(!schema.violations(tools, as: "ListToolsResult").isEmpty)
        let audio = CallToolResult(content: Specimens.content).encoded()
        #expect(try #require(PublishedSchema.all[.v2024_11_05]).violations(audio, as: "CallToolResult").isEmpty == false)
    }

    private func expectValid(
        _ json: RawJSON, as definition: String, in revision: ProtocolRevision,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        guard let schema = PublishedSchema.all[revision] else {
            Issue.record("no schema for \(revision)", sourceLocation: sourceLocation)
            return
        }
        let violations = schema.violations(json, as: definition)
        #expect(violations.isEmpty, "\(violations.joined(separator: "\n"))\nin \(json)", sourceLocation: sourceLocation)
    }
}
