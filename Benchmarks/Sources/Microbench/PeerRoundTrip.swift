import CAllocationCount
import EchoTool
import InterlockConcurrency
import InterlockServer
import InterlockTransport
import Measuring
import Synchronization

/// A message handed to the server's end of a connection until its answer is handed back: the server alone.
struct PeerRoundTrip {
    var era: Era
    var clock: any SchedulingClock

    func measure(warmUp: Int, count: Int) async throws -> Figures {
        let server = try EchoServer.make(clock: clock)
        let sink = AnswerSink()
        let peer = try server.connect(Connection(kind: .inMemory), principal: nil, outbound: sink)
        if era == .legacy {
            peer.receive(Message.initialize)
            await sink.waitForAnswer(1)
            peer.receive(Message.initialized)
        }
        var message = Message.call(era, id: 0)
        let first = sink.answers
        func call(_ number: Int) async {
            Message.setID(number, in: &message, at: Message.idOffset)
            peer.receive(message)
            if sink.answers < first + number { await sink.waitForAnswer(first + number) }
        }

        for number in 0..<warmUp { await call(number + 1) }
        var samples = Samples(reservingCapacity: count)
        let allocations = allocation_count()
        let bytes = allocation_bytes()
        for number in warmUp..<(warmUp + count) {
            let began = nanoseconds()
            await call(number + 1)
            samples.append(nanoseconds() - began)
        }
        var figures = Figures()
        figures.set("allocations", Double(allocation_count() - allocations) / Double(count))
        figures.set("bytes", Double(allocation_bytes() - bytes) / Double(count))
        figures.set(samples)
        peer.disconnected(finishing: true)
        await peer.drained()
        return figures
    }
}

/// A way back that counts answers and drops them.
private final class AnswerSink: EventSink {
    private let count = Atomic(0)

    var answers: Int { count.load(ordering: .acquiring) }

    func send(_ event: OutboundEvent) -> SendOutcome {
        count.wrappingAdd(1, ordering: .acquiringAndReleasing)
        return .sent
    }

    func writable() async throws {}

    func close() {}

    func onDisconnect(_ action: @escaping @Sendable () -> Void) {}

    /// Waits for a call that was not answered inline, as the first ones are until the tool has proved to be fast.
    func waitForAnswer(_ number: Int) async {
        while answers < number { await Task.yield() }
    }
}
