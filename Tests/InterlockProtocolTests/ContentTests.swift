import InterlockJSON
import InterlockProtocol
import Testing

@Suite("Content for a revision")
struct ContentTests {
    private func written(_ result: CallToolResult, for revision: ProtocolRevision) -> RawJSON {
        result.encoded(for: EncodingContext(revision: revision))
    }

    @Test("replaces audio and resource links where they do not exist by text that says what they are")
    func substitutes() {
        let result = CallToolResult(content: [
            .audio(data: "AAAA", mimeType: "audio/wav"),
            .resourceLink(ResourceLink(uri: "file:///a", name: "a", description: "The a.")),
        ])
        #expect(
            written(result, for: .v2024_11_05).description
                == #"{"content":[{"type":"text","text":"[audio, audio/wav, 3 bytes]"},{"type":"text","text":"[resource a: file:///a] The a."}]}"#)
        #expect(written(result, for: .v2025_03_26)["content"]?.elements?[0]["type"]?.string == "audio")
        #expect(written(result, for: .v2025_06_18)["content"]?.elements?[1]["type"]?.string == "resource_link")
    }

    @Test("carries structured content where the revision can, and as text where nothing else would remain")
    func structured() {
        let list = CallToolResult(content: [], structuredContent: RawJSON(text: "[1,2]"))
        #expect(written(list, for: .latest)["structuredContent"]?.description == "[1,2]")
        #expect(written(list, for: .latest)["content"]?.elements?.isEmpty == true)
        #expect(written(list, for: .v2025_11_25)["structuredContent"] == nil)
        #expect(written(list, for: .v2025_11_25)["content"]?.elements?[0]["text"]?.string == "[1,2]")
        let object = CallToolResult.structured(RawJSON(text: #"{"a":1.0}"#))
        #expect(written(object, for: .v2025_06_18)["structuredContent"]?.description == #"{"a":1.0}"#)
        #expect(written(object, for: .v2025_03_26).description == #"{"content":[{"type":"text","text":"{\"a\":1.0}"}]}"#)
    }

    @Test("keeps null as structured content apart from none")
    func null() throws {
        let result = try CallToolResult(decoding: RawJSON(text: #"{"content":[],"structuredContent":null}"#))
        #expect(result.structuredContent == .null)
        #expect(try CallToolResult(decoding: RawJSON(text: #"{"content":[]}"#)).structuredContent == nil)
        #expect(try CallToolResult(decoding: RawJSON(text: #"{"structuredContent":{}}"#)).content.isEmpty)
    }

    @Test("of a kind that is not known is passed on as it came")
    func unknown() throws {
        let json = RawJSON(text: #"{"content":[{"type":"hologram","layers":[1.0]}]}"#)
        let result = try CallToolResult(decoding: json)
        #expect(result.content == [.unknown(RawJSON(text: #"{"type":"hologram","layers":[1.0]}"#))])
        #expect(written(result, for: .v2025_06_18).description == json.description)
    }

    @Test("has the result type, the cache hint and the server's name in modern results only")
    func envelope() {
        let context = EncodingContext(
            serverInfo: RawJSON(text: #"{"name":"s","version":"1"}"#), cacheHint: CacheHint(ttlMs: 9, scope: .public))
        #expect(
            ListToolsResult(tools: []).encoded(for: context).description
                == #"{"resultType":"complete","tools":[],"ttlMs":9,"cacheScope":"public","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"s","version":"1"}}}"#)
        #expect(
            CallToolResult(content: [], meta: ["a": 1]).encoded(for: context).description
                == #"{"resultType":"complete","content":[],"_meta":{"a":1,"io.modelcontextprotocol/serverInfo":{"name":"s","version":"1"}}}"#)
        var legacy = context
        legacy.revision = .latestLegacy
        #expect(ListToolsResult(tools: []).encoded(for: legacy).description == #"{"tools":[]}"#)
        #expect(
            ReadResourceResult(contents: []).encoded().description
                == #"{"resultType":"complete","contents":[],"ttlMs":0,"cacheScope":"private"}"#)
        let own = ListToolsResult(tools: [], cacheHint: CacheHint(ttlMs: -5, scope: .private)).encoded(for: context)
        #expect(own["ttlMs"]?.int == 0 && own["cacheScope"]?.string == "private")
    }

    @Test("merges cache hints to the shorter time and the narrower scope")
    func hints() {
        let open = CacheHint(ttlMs: 10, scope: .public)
        #expect(open.merged(with: CacheHint(ttlMs: 5, scope: .private)) == CacheHint(ttlMs: 5, scope: .private))
        #expect(open.merged(with: CacheHint(ttlMs: 50, scope: .public)) == open)
    }

    @Test("leaves out of definitions what the revision does not know")
    func definitions() {
        let tool = ToolDefinition(
            name: "t", title: "T", icons: [Icon(src: "data:,x")], inputSchema: RawJSON(text: #"{"type":"object","$defs":{}}"#),
            outputSchema: RawJSON(text: #"{"type":"array"}"#), annotations: ToolAnnotations(readOnlyHint: true),
            execution: ToolExecution(taskSupport: .optional), meta: ["a": 1])
        func members(_ revision: ProtocolRevision) -> [String] {
            tool.encoded(for: EncodingContext(revision: revision)).members?.map(\.key) ?? []
        }
        #expect(members(.v2024_11_05) == ["name", "inputSchema"])
        #expect(members(.v2025_03_26) == ["name", "inputSchema", "annotations"])
        #expect(members(.v2025_06_18) == ["name", "title", "inputSchema", "annotations", "_meta"])
        #expect(members(.v2025_11_25) == ["name", "title", "icons", "inputSchema", "annotations", "execution", "_meta"])
        #expect(members(.latest) == ["name", "title", "icons", "inputSchema", "outputSchema", "annotations", "_meta"])
    }

    @Test("cuts completions at 100 and says that there are more")
    func completion() throws {
        let result = CompleteResult(values: (0..<150).map(String.init))
        let read = try CompleteResult(decoding: result.encoded())
        #expect(read.values.count == 100 && read.total == 150 && read.hasMore == true)
    }

    @Test("takes tool names that every client takes", arguments: [
        ("get_weather", true), ("a.b-C9", true), ("", false), ("a b", false), ("a/b", false), ("é", false),
        (String(repeating: "a", count: 64), true), (String(repeating: "a", count: 65), false),
    ])
    func toolNames(name: String, isValid: Bool) {
        #expect((ToolName.problem(with: name) == nil) == isValid)
    }

    @Test("goes through Codable in the newest revision's form")
    func codable() throws {
        let tool = ToolDefinition(name: "t", inputSchema: RawJSON(text: #"{"type":"object","x":1.0}"#))
        let bytes = try RawJSON(encoding: ["tool": tool])
        #expect(bytes.description == #"{"tool":{"name":"t","inputSchema":{"type":"object","x":1.0}}}"#)
        #expect(try bytes.decode([String: ToolDefinition].self) == ["tool": tool])
    }
}
