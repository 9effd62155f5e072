import InterlockJSON
import InterlockTransport
import Synchronization

/// A server as its client's transport: answers what a test says, or nothing.
final class ScriptedTransport: ClientTransport {
    /// What becomes of a request; throws what the transport would throw.
    typealias Script = @Sendable (_ method: String) throws -> Answer

    enum Answer {
        case result(String)
        case error(Int)
        /// Text in place of a message.
        case bytes(String)
        case silence
    }

    let carriesHeaders = false
    private let receiver = Mutex<(any ClientReceiver)?>(nil)
    private let script: Script
    private let closes = Mutex(0)

    /// How often it was closed.
    var closeCount: Int { closes.withLock { $0 } }

    init(_ script: @escaping Script) {
        self.script = script
    }

    func start(_ receiver: any ClientReceiver) async throws { self.receiver.withLock { $0 = receiver } }

    func send(_ message: ClientMessage) async throws {
        guard let id = message.id, let method = message.method else { return }
        let number = switch id {
        case .integer(let number): "\(number)"
        case .string(let text): "\"\(text)\""
        }
        switch try script(method) {
        case .result(let result): deliver(#"{"jsonrpc":"2.0","id":\#(number),"result":\#(result)}"#, id)
        case .error(let code): deliver(#"{"jsonrpc":"2.0","id":\#(number),"error":{"code":\#(code),"message":"no"}}"#, id)
        case .bytes(let text): deliver(text, id)
        case .silence: break
        }
    }

    func abandon(_ id: RequestID) {}
    func negotiated(_ negotiation: ClientNegotiation) {}
    func openServerStream() async throws {}
    func close() async { closes.withLock { $0 += 1 } }

    private func deliver(_ text: String, _ id: RequestID) {
        guard let receiver = receiver.withLock({ $0 }) else { return }
        do {
            receiver.received(try ScannedMessage.scan(Array(text.utf8)), on: id)
        } catch {
            receiver.failed(id, TransportError(.badResponse, "the server sent something that is no message"))
        }
    }
}

extension Duration {
    /// A limit of real time for what a busy machine may take long for.
    static let patient = Duration.seconds(200)
}
