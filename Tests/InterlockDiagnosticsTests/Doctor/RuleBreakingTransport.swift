import InterlockJSON
import InterlockProtocol
import InterlockTransport
import Synchronization

/// A server over HTTP, of both eras, as its client's transport sees it: each request has a stream, and in the legacy era there is another one beside them.
final class RuleBreakingTransport: ClientTransport {
    enum Fault: Sendable, CaseIterable {
        case none
        /// Progress goes to the stream of no request, where there is one.
        case progressAstray
        /// The routing headers of a modern request are not looked at.
        case headersUnchecked
    }

    private struct State {
        var receiver: (any ClientReceiver)?
        var isModern = false
        var hasServerStream = false
    }

    let carriesHeaders = true
    private let fault: Fault
    private let state = Mutex(State())

    init(_ fault: Fault) { self.fault = fault }

    func start(_ receiver: any ClientReceiver) async throws { state.withLock { $0.receiver = receiver } }
    func abandon(_ id: RequestID) {}
    func negotiated(_ negotiation: ClientNegotiation) { state.withLock { $0.isModern = negotiation.isModern } }
    func openServerStream() async throws { state.withLock { $0.hasServerStream = true } }
    func close() async {}

    func send(_ message: ClientMessage) async throws {
        guard let id = message.id else { return }
        let request: ScannedMessage
        do { request = try ScannedMessage.scan(message.bytes) } catch { throw TransportError(.badResponse, "the server answered HTTP 400") }
        let (isModern, hasServerStream) = state.withLock { ($0.isModern, $0.hasServerStream) }
        let isUnrouted = isModern && !message.headers.contains { $0.name == "Mcp-Method" }
        if isUnrouted, fault != .headersUnchecked { return error(-32020, id) }
        switch request.method {
        case Method.initialize?: result(#"{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"rules","version":"1"}}"#, id)
        case Method.discover?: result(#"{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{}}}"#, id)
        case Method.toolsList?: result(#"{"resultType":"complete","tools":[]}"#, id)
        case Method.toolsCall? where request.params?["name"]?.string == "work":
            if let token = request.params?["_meta"]?["progressToken"]?.string {
                let isAstray = fault == .progressAstray && hasServerStream
                deliver(#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"\#(token)","progress":1}}"#, on: isAstray ? nil : id)
            }
            result(#"{"resultType":"complete","content":[]}"#, id)
        case Method.toolsCall?: error(-32602, id)
        default: error(-32601, id)
        }
    }

    private func result(_ result: String, _ id: RequestID) { deliver(#"{"jsonrpc":"2.0","id":\#(Self.text(id)),"result":\#(result)}"#, on: id) }
    private func error(_ code: Int, _ id: RequestID) { deliver(#"{"jsonrpc":"2.0","id":\#(Self.text(id)),"error":{"code":\#(code),"message":"no"}}"#, on: id) }

    private func deliver(_ text: String, on id: RequestID?) {
        guard let receiver = state.withLock({ $0.receiver }) else { return }
        do { receiver.received(try ScannedMessage.scan(Array(text.utf8)), on: id) } catch { receiver.disconnected(TransportError(.badResponse, "no message")) }
    }

    private static func text(_ id: RequestID) -> String {
        switch id {
        case .integer(let number): "\(number)"
        case .string(let text): "\"\(text)\""
        }
    }
}
