import InterlockConcurrency
import InterlockJSON
import InterlockServer

/// One second of the charts.
struct LoadPoint: Sendable {
    /// Milliseconds since the Unix epoch.
    var wallTime: Int64
    /// Over the last second.
    var calls: Double
    var failures: Double
    /// Over the last ten seconds, so that a quiet server has percentiles too.
    var p50: Duration?
    var p95: Duration?
    var p99: Duration?
    var running: Int
    var waiting: Int
    var sessions: Int
    var residentBytes: Int?
    var executorDelay: Duration?

    /// As an array, in the order of ``columns``: a history of five minutes has 300 of them.
    func write(into json: inout JSONWriter) {
        json.beginArray()
        json.int64(wallTime)
        for value in [calls, failures] { json.rounded(value) }
        for value in [p50, p95, p99] { json.rounded(value.map { $0 / .seconds(1) }) }
        for value in [running, waiting, sessions] { json.int(value) }
        if let residentBytes { json.int(residentBytes) } else { json.null() }
        json.rounded(executorDelay.map { $0 / .seconds(1) })
        json.endArray()
    }

    /// What the places of the array mean; durations in seconds.
    static let columns = ["time", "calls", "failures", "p50", "p95", "p99", "running", "waiting", "sessions", "residentBytes", "executorDelay"]
}

extension JSONWriter {
    /// Six digits after the point are enough for people, and short.
    mutating func rounded(_ value: Double?) {
        guard let value, let number = JSONNumber((value * 1e6).rounded() / 1e6) else { return null() }
        self.number(number)
    }
}
