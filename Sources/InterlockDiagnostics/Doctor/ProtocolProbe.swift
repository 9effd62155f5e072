import InterlockConcurrency
import InterlockJSON
import InterlockProtocol
import InterlockTransport

/// Tries a few rules of the protocol that clients and gateways rely on, each with one request.
struct ProtocolProbe {
    let peer: RawPeer
    let isHTTP: Bool
    /// A tool that may be called, with its arguments.
    let tool: (name: String, arguments: JSONValue)?

    private(set) var breaches: [DoctorObservations.Breach] = []
    private(set) var tried = 0

    init(_ peer: RawPeer, isHTTP: Bool, tool: (name: String, arguments: JSONValue)?) {
        self.peer = peer
        self.isHTTP = isHTTP
        self.tool = tool
    }

    mutating func run() async {
        await ids()
        await unknownMethod()
        await unknownTool()
        await invalidRequest()
        if peer.isModern, isHTTP { await missingHeader() }
        if tool != nil { await progress() }
    }

    private mutating func ids() async {
        for id: RequestID in [.string("interlock-1"), .string("1"), .integer(1)] {
            guard case .message(let message) = await peer.ask(Method.toolsList, id: id) else { continue }
            tried += 1
            if message.id != id {
                breaches.append(.init(.wrongID, "A request with the id \(Self.text(id)) was answered with the id \(message.id.map(Self.text) ?? "null")."))
            }
        }
    }

    private mutating func unknownMethod() async {
        guard case .message(let message) = await peer.ask("interlock/no-such-method", id: 11) else { return }
        expect(message, -32601, "An unknown method")
    }

    private mutating func unknownTool() async {
        guard case .message(let message) = await peer.ask(Method.toolsCall, ["name": "interlock-no-such-tool", "arguments": [:]], id: 12) else { return }
        tried += 1
        let code = message.error?["code"]?.int
        // Legacy servers may answer with a result that says it failed; both are a clear no.
        if let code, code != -32602, code != -32601 {
            breaches.append(.init(.wrongErrorCode, "A call of an unknown tool was answered with the code \(code) instead of -32602."))
        } else if code == nil, message.result?["isError"]?.bool != true {
            breaches.append(.init(.acceptsInvalid, "A call of a tool that does not exist was answered as if it did."))
        }
    }

    private mutating func invalidRequest() async {
        let bytes = Array(#"{"id":13,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}"#.utf8)
        let headers = peer.isModern ? [("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", Method.toolsList)] : []
        switch await peer.ask(bytes, id: 13, method: Method.toolsList, headers: headers.map { (name: $0.0, value: $0.1) }) {
        case .message(let message):
            tried += 1
            if message.result != nil { breaches.append(.init(.acceptsInvalid, "A request without \"jsonrpc\":\"2.0\" was answered with a result.")) }
        case .failed, .nothing: break // refused in another way, or dropped
        }
    }

    private mutating func missingHeader() async {
        guard case .message(let message) = await peer.ask(Method.toolsList, id: 14, without: "Mcp-Method") else { return }
        tried += 1
        guard message.result != nil else { return }
        breaches.append(.init(.headersUnchecked, "A request of 2026-07-28 without the header Mcp-Method was answered with a result instead of the error -32020."))
    }

    /// Progress belongs on the stream of its call. In the legacy era there is another one beside it, for what belongs to no request, and nobody who has not
    /// opened it sees what goes there by mistake. The older transport (HTTP+SSE) has one stream for everything, and nothing goes astray on it.
    mutating func progress() async {
        guard let tool, isHTTP, peer.hasRequestStreams else { return }
        if !peer.isModern { await peer.openServerStream() }
        let params: JSONObject = ["name": .string(tool.name), "arguments": tool.arguments]
        _ = await peer.ask(Method.toolsCall, params, id: 15, meta: ["progressToken": "interlock-p"])
        if !peer.isModern { await peer.awaitProgress(within: .milliseconds(200)) }
        let astray = peer.progress.filter { $0.stream != 15 }
        guard !peer.progress.isEmpty else { return }
        tried += 1
        if !astray.isEmpty { breaches.append(.init(.progressAstray, "\(astray.count) progress notifications of \(tool.name) came on another stream than their call's.")) }
    }

    private mutating func expect(_ message: ScannedMessage, _ wanted: Int, _ what: String) {
        tried += 1
        let code = message.error?["code"]?.int
        if let code, code != wanted {
            breaches.append(.init(.wrongErrorCode, "\(what) was answered with the code \(code) instead of \(wanted)."))
        } else if code == nil {
            breaches.append(.init(.acceptsInvalid, "\(what) was answered with a result."))
        }
    }

    private static func text(_ id: RequestID) -> String {
        switch id {
        case .integer(let number): "\(number)"
        case .string(let text): "\"\(text)\""
        }
    }
}
