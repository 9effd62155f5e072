import Glibc

/// Sessions and streams that do nothing, for what they cost in memory.
public struct IdleLoad {
    /// Resident bytes of the server before and after each step.
    public struct Outcome {
        public var bytesPerSession: Double
        public var bytesPerStream: Double
    }

    private let target: HTTPTarget
    private let process: Int32

    public init(target: HTTPTarget, process: Int32) {
        self.target = target
        self.process = process
    }

    /// Opens `sessions` sessions over one connection, then a GET stream with a connection of its own for the first `streams` of them.
    ///
    /// A tenth as many of both come first and stay, so that what the server makes once is not counted.
    public func run(sessions: Int, streams: Int) throws(MeasuringError) -> Outcome {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)

        let deadline = nanoseconds() + 10_000_000_000
        let pool = UnsafeMutableBufferPointer<HTTPConnection>.allocate(capacity: streams + streams / 10)
        var opened = 0
        defer {
            for index in 0..<opened { (pool.baseAddress! + index).deinitialize(count: 1) }
            pool.deallocate()
        }
        var control = try HTTPConnection(port: target.port, deadline: deadline)
        var ids: [String] = []
        func openSessions(_ count: Int) throws(MeasuringError) {
            for _ in 0..<count {
                guard let id = try target.openSession(on: &control) else { throw MeasuringError("the server gave no Mcp-Session-Id") }
                ids.append(id)
            }
        }
        func openStreams(_ count: Int) throws(MeasuringError) {
            for _ in 0..<count {
                var connection = try HTTPConnection(port: target.port, deadline: deadline)
                let status = try connection.open(target.openStream(session: ids[opened]))
                guard status == 200 else { throw MeasuringError("a stream was answered with status \(status)") }
                (pool.baseAddress! + opened).initialize(to: connection)
                opened += 1
            }
        }

        try openSessions(sessions / 10)
        let before = try ProcessUsage(of: process).residentBytes
        try openSessions(sessions)
        let between = try ProcessUsage(of: process).residentBytes
        try openStreams(streams / 10)
        let warm = try ProcessUsage(of: process).residentBytes
        try openStreams(streams)
        let after = try ProcessUsage(of: process).residentBytes
        return Outcome(
            bytesPerSession: Double(between - before) / Double(max(sessions, 1)),
            bytesPerStream: Double(after - warm) / Double(max(streams, 1)))
    }
}
