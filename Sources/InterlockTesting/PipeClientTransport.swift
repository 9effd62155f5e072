import Dispatch
import Foundation
import InterlockJSON
import InterlockTransport
import Synchronization

/// A client on two pipe descriptors that it owns, for tests of the stdio transport within one process.
final class PipeClientTransport: ClientTransport {
    private let input: FileHandle
    private let output: FileHandle
    private let isOpen = Mutex(true)
    private let writes = DispatchQueue(label: "interlock.testing.pipe")

    init(input: Int32, output: Int32) {
        self.input = FileHandle(fileDescriptor: input, closeOnDealloc: true)
        self.output = FileHandle(fileDescriptor: output, closeOnDealloc: true)
    }

    var carriesHeaders: Bool { false }

    func start(_ receiver: any ClientReceiver) async throws {
        // Ends at the end of input, which the server's end of the pipe brings when it stops.
        Thread.detachNewThread { [input] in
            var framer = LineFramer(maximumLength: 64 << 20)
            while true {
                let data = input.availableData
                if data.isEmpty { break }
                framer.feed(Array(data)) { line in
                    guard case .message(let bytes) = line else { return receiver.disconnected(TransportError(.badResponse, "a line is too long")) }
                    do { try receiver.received(bytes: bytes) } catch {
                        receiver.disconnected(TransportError(.badResponse, "the server wrote something that is no message: \(error)"))
                    }
                }
            }
            receiver.disconnected(TransportError(.closed, "the server closed its output"))
        }
    }

    func send(_ message: ClientMessage) async throws {
        guard isOpen.withLock({ $0 }) else { throw TransportError(.closed, "the pipe is closed") }
        // On a thread of its own: a full pipe blocks the writer, which must not be one of the few threads of the server under test.
        writes.async { [output] in
            do { try output.write(contentsOf: Data(message.bytes + [UInt8(ascii: "\n")])) } catch { return } // the reader reports the end
        }
    }

    func abandon(_ id: RequestID) {}
    func negotiated(_ negotiation: ClientNegotiation) {}
    func openServerStream() async throws {}

    func close() async {
        let isFirst = isOpen.withLock { isOpen in
            defer { isOpen = false }
            return isOpen
        }
        guard isFirst else { return }
        writes.async { [output] in
            do { try output.close() } catch { return } // closed already: the same end
        }
    }
}
