import InterlockAudit
import Testing

@Suite("Collections that only grow, and streams without a bound")
struct UnboundedGrowthTests {
    @Test("an actor's cache, a shared class's log, a static registry, a value under a lock")
    func collections() {
        expectFound(
            .unboundedGrowth,
            in: """
                actor Cache {
                    private var entries: [String: Int] = [:] //!

                    func put(_ key: String, _ value: Int) { entries[key] = value }
                    func get(_ key: String) -> Int? { entries[key] }
                }

                actor Log {
                    private var lines = [String]() //!

                    func add(_ line: String) { self.lines.append(line) }
                }

                enum Sessions {
                    @MainActor static var all: [String: Int] = [:] //!

                    @MainActor static func open(_ id: String) { all[id, default: 0] += 1 }
                }

                final class Recent: Sendable {
                    private let names = Mutex<Set<String>>([]) //!

                    func note(_ name: String) { names.withLock { _ = $0.insert(name) } }
                }
                """)
    }

    @Test("streams that buffer whatever comes")
    func streams() {
        expectFound(
            .unboundedGrowth,
            in: """
                func open() {
                    let pair = AsyncStream<Int>.makeStream() //!
                    let stream = AsyncStream<Int> { continuation in source.onValue { continuation.yield($0) } } //!
                    let throwing = AsyncThrowingStream<Int, any Error>(bufferingPolicy: .unbounded) { _ in } //!
                }
                """)
    }

    @Test("wrong: a size that is only told bounds nothing")
    func sizeThatIsTold() {
        expectFound(
            .unboundedGrowth,
            in: """
                actor Cache {
                    private var entries: [String: Int] = [:] //!
                    func put(_ key: String, _ value: Int) { entries[key] = value }
                    var size: Int { entries.count }
                    func report(_ gauge: Gauge) { gauge.record(entries.count) }
                }
                """)
    }

    @Test("right: something is taken out, counted, replaced, or the collection is put together once")
    func right() {
        expectClear(
            """
            actor Cache {
                private var entries: [String: Int] = [:]
                private var order: [String] = []
                private var waiters: [Int] = []
                private var tools: [String: Int]
                private var batch: [Int] = []

                init(_ names: [String]) {
                    tools = [:]
                    for name in names { tools[name] = 1 }
                }

                func put(_ key: String, _ value: Int) {
                    entries[key] = value
                    order.append(key)
                    if order.count > 100 { evict() }
                }

                func drop(_ key: String) { entries[key] = nil }
                func wait(_ id: Int) { waiters.append(id) }
                func wake() { waiters.removeFirst() }
                func add(_ value: Int) { batch.append(value) }
                func flush() -> [Int] {
                    let full = batch
                    batch = []
                    return full
                }
            }

            struct Builder {
                var parts: [String] = []
                mutating func add(_ part: String) { parts.append(part) }
            }

            final class Visitor {
                var found: [String] = []
                func visit(_ name: String) { found.append(name) }
            }
            """)
    }

    @Test("right: what an extension in another file takes out, and streams with a policy or without a buffer")
    func rightElsewhere() {
        let report = SourceAudit().audit([
            .init(path: "Table.swift", text: "actor Table { var rows: [Int: Int] = [:]; func add(_ n: Int) { rows[n] = n } }"),
            .init(path: "Table+Sweep.swift", text: "extension Table { func sweep() { rows.removeAll() } }"),
            .init(
                path: "Streams.swift",
                text: """
                    func open() {
                        let pair = AsyncStream<Int>.makeStream(bufferingPolicy: .bufferingNewest(16))
                        let pull = AsyncStream<Int>(unfolding: { await next() })
                        let also = AsyncStream { await next() }
                        let type: AsyncStream<Int>? = nil
                    }
                    """),
        ])
        #expect(report.findings.isEmpty, "\(report)")
    }
}
