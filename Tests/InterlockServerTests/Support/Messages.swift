import InterlockJSON
import InterlockProtocol

/// Messages of tests, written as a client writes them.
enum Messages {
    static let modernMeta = #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"elicitation":{},"sampling":{},"roots":{}}}"#

    static func initialize(_ revision: String = "2025-11-25", id: Int = 0) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"initialize","params":{"protocolVersion":"\#(revision)","capabilities":{"elicitation":{},"sampling":{},"roots":{}},"clientInfo":{"name":"test","version":"1"}}}"#
    }

    static let initialized = #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#

    /// A legacy call, or with `modern` one of 2026-07-28.
    static func call(_ tool: String, _ arguments: String = "{}", id: String = "1", modern: Bool = false, extra: String = "") -> String {
        let meta = modern ? "," + modernMeta : ""
        return #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"\#(tool)","arguments":\#(arguments)\#(extra)\#(meta)}}"#
    }

    static func request(_ method: String, _ members: String = "", id: String = "1", modern: Bool = false) -> String {
        var parts = members.isEmpty ? [] : [members]
        if modern { parts.append(modernMeta) }
        return #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":{\#(parts.joined(separator: ","))}}"#
    }

    static func cancel(_ id: String) -> String {
        #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":\#(id)}}"#
    }

    static func modernHeaders(_ method: String, name: String? = nil) -> [String: String] {
        var headers = ["MCP-Protocol-Version": "2026-07-28", "Mcp-Method": method]
        headers["Mcp-Name"] = name
        return headers
    }
}

extension JSONValue {
    /// The text of a tool result's first content block.
    var text: String? { self["result"]?["content"]?[0]?["text"]?.string }
    var isToolError: Bool { self["result"]?["isError"]?.bool == true }
    var errorCode: Int? { self["error"]?["code"]?.int }
    var errorMessage: String? { self["error"]?["message"]?.string }
}
