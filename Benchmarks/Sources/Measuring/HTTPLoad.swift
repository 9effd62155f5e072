import CLinux
import Glibc

/// A closed loop, in which every connection has one call in flight and sends the next when the answer is there; or calls at a constant rate.
///
/// One thread with epoll; bounded by the number of calls. Latencies count from the sending: good for comparing the
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
    private let rate: Int?

    /// - Parameter rate: Calls a second, each begun when it is due if a connection is free; `nil` for a closed loop.
    public init(target: HTTPTarget, connections: Int, rate: Int? = nil) {
        self.target = target
        self.connections = connections
        self.rate = rate.map { max(1, $0) }
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
        _ = try closedLoop(pool, poll, calls: max(calls / 10, connections))
        try started()
        if let rate { return try openLoop(pool, poll, calls: calls, rate: rate) }
        return try closedLoop(pool, poll, calls: calls)
    }

    private func closedLoop(_ pool: UnsafeMutableBufferPointer<HTTPConnection>, _ poll: Int32, calls: Int) throws(MeasuringError) -> Outcome {
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
                guard let index = try answered(event, pool, buffer, &outcome) else { continue }
                try sendNext(index)
            }
        }
        outcome.seconds = Double(nanoseconds() - began) / 1e9
        return outcome
    }

    /// The least that calls at a constant rate cost a client: it wakes when one is due and when an answer is there, and does nothing else.
    private func openLoop(_ pool: UnsafeMutableBufferPointer<HTTPConnection>, _ poll: Int32, calls: Int, rate: Int) throws(MeasuringError) -> Outcome {
        var outcome = Outcome(calls: 0, failures: 0, seconds: 0, latencies: Samples(reservingCapacity: calls))
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
        defer { buffer.deallocate() }
        var free = Array(pool.indices)
        var events = [epoll_event](repeating: epoll_event(), count: 256)
        var sent = 0
        let began = nanoseconds()
        func due(_ call: Int) -> UInt64 { began + UInt64(call) * 1_000_000_000 / UInt64(rate) }
        while outcome.calls < calls {
            let now = nanoseconds()
            while sent < calls, due(sent) <= now, let index = free.popLast() {
                sent += 1
                if let offset = pool[index].idOffset { Message.setID(sent, in: &pool[index].request, at: offset) }
                try pool[index].send()
            }
            let rest = sent < calls && !free.isEmpty ? Int(due(sent)) - Int(nanoseconds()) : 10_000_000_000
            var patience = timespec(tv_sec: max(0, rest) / 1_000_000_000, tv_nsec: max(0, rest) % 1_000_000_000)
            let count = epoll_pwait2(poll, &events, Int32(events.count), &patience, nil)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .system("epoll_pwait2") }
            guard count > 0 || rest < 10_000_000_000 else {
                throw MeasuringError("no answer within ten seconds: \(outcome.calls) of \(calls) calls were answered")
            }
            for event in events[..<Int(count)] {
                guard let index = try answered(event, pool, buffer, &outcome) else { continue }
                free.append(index)
            }
        }
        outcome.seconds = Double(nanoseconds() - began) / 1e9
        return outcome
    }

    /// Reads what is there, and counts the answer that it completes: the number of its connection, which is free again.
    private func answered(
        _ event: epoll_event, _ pool: UnsafeMutableBufferPointer<HTTPConnection>, _ buffer: UnsafeMutableRawBufferPointer, _ outcome: inout Outcome
    ) throws(MeasuringError) -> Int? {
        let index = Int(event.data.u64)
        guard let status = try pool[index].receive(buffer) else { return nil }
        outcome.latencies.append(nanoseconds() - pool[index].began)
        outcome.calls += 1
        if status != 200 { outcome.failures += 1 }
        return index
    }
}
