import CLinux
import Glibc

/// A closed loop: every connection has one call in flight and sends the next when the answer is there.
///
/// One thread with epoll; bounded by the number of calls. Latencies are those of a closed loop: good for comparing the
/// cost of servers in one run, not for what users of an open system would see.
public struct HTTPLoad {
    public struct Outcome {
        public var calls: Int
        /// Answers with another status than 200.
        public var failures: Int
        public var seconds: Double
        public var latencies: Samples
    }

    private let target: HTTPTarget
    private let connections: Int

    public init(target: HTTPTarget, connections: Int) {
        self.target = target
        self.connections = connections
    }

    /// Connects, opens sessions where the era has them, warms up with one call in ten, calls `started`, then measures.
    public func run(calls: Int, started: () throws(MeasuringError) -> Void) throws(MeasuringError) -> Outcome {
        let poll = epoll_create1(0)
        guard poll >= 0 else { throw .system("epoll_create1") }
        defer { close(poll) }
        let pool = UnsafeMutableBufferPointer<HTTPConnection>.allocate(capacity: connections)
        var opened = 0
        defer {
            for index in 0..<opened { (pool.baseAddress! + index).deinitialize(count: 1) }
            pool.deallocate()
        }
        let deadline = nanoseconds() + 10_000_000_000
        while opened < connections {
            var connection = try HTTPConnection(port: target.port, deadline: deadline)
            let session = target.era == .legacy ? try target.openSession(on: &connection) : nil
            let (request, bodyOffset) = target.post(Message.call(target.era, id: 0, tool: target.tool), session: session)
            connection.request = request
            connection.idOffset = bodyOffset + Message.idOffset
            var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data(u64: UInt64(opened)))
            guard epoll_ctl(poll, EPOLL_CTL_ADD, connection.descriptor, &event) == 0 else { throw .system("epoll_ctl") }
            (pool.baseAddress! + opened).initialize(to: connection)
            opened += 1
        }
        _ = try loop(pool, poll, calls: max(calls / 10, connections))
        try started()
        return try loop(pool, poll, calls: calls)
    }

    private func loop(_ pool: UnsafeMutableBufferPointer<HTTPConnection>, _ poll: Int32, calls: Int) throws(MeasuringError) -> Outcome {
        var outcome = Outcome(calls: 0, failures: 0, seconds: 0, latencies: Samples(reservingCapacity: calls))
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
        defer { buffer.deallocate() }
        let began = nanoseconds()
        var sent = 0
        func sendNext(_ index: Int) throws(MeasuringError) {
            guard sent < calls else { return }
            sent += 1
            if let offset = pool[index].idOffset { Message.setID(sent, in: &pool[index].request, at: offset) }
            try pool[index].send()
        }
        for index in pool.indices { try sendNext(index) }
        var events = [epoll_event](repeating: epoll_event(), count: 256)
        while outcome.calls < calls {
            let count = epoll_wait(poll, &events, Int32(events.count), 10_000)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw MeasuringError("no answer within ten seconds: \(outcome.calls) of \(calls) calls were answered") }
            for event in events[..<Int(count)] {
                let index = Int(event.data.u64)
                guard let status = try pool[index].receive(buffer) else { continue }
                outcome.latencies.append(nanoseconds() - pool[index].began)
                outcome.calls += 1
                if status != 200 { outcome.failures += 1 }
                try sendNext(index)
            }
        }
        outcome.seconds = Double(nanoseconds() - began) / 1e9
        return outcome
    }
}
