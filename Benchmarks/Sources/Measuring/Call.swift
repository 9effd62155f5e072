/// The era of the calls to make.
public enum Era: String, Sendable, CaseIterable {
    /// 2026-07-28: every request stands for itself.
    case modern
    /// 2025-11-25: a session first.
    case legacy
}

/// The messages of a `tools/call` of `echo` and of what has to come before it.
public enum Message {
    private static let clientInfo = #"{"name":"load","version":"1.0"}"#

    /// A call whose id has nine digits, so that it can be replaced without changing the length.
    public static func call(_ era: Era, id: Int, tool: String = "echo", text: String = "hello") -> [UInt8] {
        let meta = switch era {
        case .legacy: ""
        case .modern:
            #","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"#
                + #""io.modelcontextprotocol/clientInfo":\#(clientInfo)}"#
        }
        return Array(#"{"jsonrpc":"2.0","id":\#(100_000_000 + id),"method":"tools/call","params":{"name":"\#(tool)","arguments":{"text":"\#(text)"}\#(meta)}}"#.utf8)
    }

    /// Writes another id over that of ``call(_:id:tool:text:)``.
    public static func setID(_ id: Int, in message: inout [UInt8], at offset: Int) {
        var rest = 100_000_000 + id
        for digit in stride(from: offset + 8, through: offset, by: -1) {
            message[digit] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
    }

    /// Where the id's digits begin in a call.
    public static let idOffset = #"{"jsonrpc":"2.0","id":"#.utf8.count

    public static let initialize = Array(
        #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":\#(clientInfo)}}"#.utf8)
    public static let initialized = Array(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#.utf8)
}
