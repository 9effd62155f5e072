import InterlockJSON
import InterlockTransport

/// The runtime's end of the one connection of a check.
final class RecordingPeer: ConnectedPeer {
    private let runtime: RecordingRuntime
    private let sink: any EventSink

    init(runtime: RecordingRuntime, sink: any EventSink) {
        self.runtime = runtime
        self.sink = sink
    }

    func receive(_ bytes: [UInt8]) {
        runtime.handingOver(1)
        defer { runtime.handingOver(-1) }
        do throws(JSONRPCScanError) {
            runtime.take(try ScannedMessage.scan(bytes), bytes: bytes, .connection(sink))
        } catch {
            runtime.refused(bytes)
            if let body = OutboundResponse(rejecting: error).body { Arrival.send(body, to: sink) }
        }
    }

    func disconnected(finishing: Bool) {
        if !finishing { runtime.release() }
        runtime.ends.append(finishing)
    }

    func drained() async {
        await runtime.drained()
    }
}
