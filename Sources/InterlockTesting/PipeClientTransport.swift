import Dispatch
import Foundation
import InterlockJSON
import InterlockTransport
import Synchronization

/// A client on two pipe descriptors that it owns, for tests of the stdio transport within one process.
final class PipeClientTransport: ClientTransport {
    private enum Phase {
        case idle
        case started(any ClientReceiver)
        case closed
    }

    private let input: FileHandle
    private let output: FileHandle
    private let phase = Mutex(Phase.idle)
    private let writes = DispatchQueue(label: "interlock.testing.pipe")
    /// Wakes the reading thread when `isPaused`, which only changes under it, does.
    private let pausing = NSCondition()
    private let isPaused = Mutex(false)

    init(input: Int32, output: Int32) {
        self.input = FileHandle(fileDescriptor: input, closeOnDealloc: true)
        self.output = FileHandle(fileDescriptor: output, closeOnDealloc: true)
    }

    var carriesHeaders: Bool { false }

    func start(_ receiver: any ClientReceiver) async throws {
        let mayStart = phase.withLock { phase in
            guard case .idle = phase else { return false }
            phase = .started(receiver)
            return true
        }
        guard mayStart else { throw TransportError(.misuse, "start was called on pipes that were started or closed before; make new ones") }
        // Ends at the end of input, which the server's end of the pipe brings when it stops.
        Thread.detachNewThread { [self] in read() }
    }

    /// Reads to the end also after ``close()``, so that a server that still has something to say is not held up.
    private func read() {
        var framer = LineFramer(maximumLength: 64 << 20)
        while true {
            waitWhilePaused()
            let data = input.availableData
            if data.isEmpty { break }
            framer.feed(Array(data), received)
        }
        end(TransportError(.closed, "the server closed its output"))
    }

    private func received(_ line: LineFramer.Line) {
        guard case .started(let receiver) = phase.withLock({ $0 }) else { return }
        guard case .message(let bytes) = line else { return end(TransportError(.badResponse, "a line is too long")) }
        do throws(JSONRPCScanError) { try receiver.received(bytes: bytes) } catch {
            end(TransportError(.badResponse, "the server wrote something that is no message: \(error)"))
        }
    }

    func send(_ message: ClientMessage) async throws {
        switch phase.withLock({ $0 }) {
        case .started: break
        case .idle: throw TransportError(.misuse, "the pipes were not started")
        case .closed: throw TransportError(.closed, "the pipes have ended; make new ones")
        }
        // A newline ends a message; inside one it is white space between two tokens.
        let line = message.bytes.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 } + [0x0A]
        // On a thread of its own: a full pipe blocks the writer, which must not be one of the few threads of the server under test.
        writes.async { [output] in
            do { try output.write(contentsOf: Data(line)) } catch { return } // the reader reports the end
        }
    }

    func abandon(_ id: RequestID) {}
    func negotiated(_ negotiation: ClientNegotiation) {}
    func openServerStream() async throws {}

    /// Ends the server's input; what it still writes is read and dropped.
    func close() async {
        end(TransportError(.closed, "the client was closed"))
    }

    /// Stops or resumes reading from the pipe, as a slow client does. A read that is under way still delivers what it gets.
    func setPaused(_ isPaused: Bool) {
        pausing.withLock {
            self.isPaused.withLock { $0 = isPaused }
            pausing.broadcast()
        }
    }

    private func waitWhilePaused() {
        pausing.withLock { while isPaused.withLock({ $0 }) { pausing.wait() } }
    }

    private func end(_ error: TransportError) {
        let previous = phase.withLock { phase in
            defer { phase = .closed }
            return phase
        }
        if case .closed = previous { return }
        setPaused(false)
        writes.async { [output] in
            do { try output.close() } catch { return } // closed already: the same end
        }
        if case .started(let receiver) = previous { receiver.disconnected(error) }
    }
}
