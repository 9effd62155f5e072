/// What Linux says: the pressure of this process's control group (version 2), or of the machine where the group has none.
///
/// `memory.pressure` and `/proc/pressure/memory` tell for how long tasks stood still for want of memory (see "PSI" in the
/// kernel's documentation); `memory.events` tells how often the group ran into `memory.high` or `memory.max`. A kernel
/// without them, and any other system, has no reading.
public struct SystemMemoryReader: MemoryReader {
    private let root: String

    /// Makes a reader.
    ///
    /// - Parameter root: The folder under which `proc` and `sys` lie: for tests, and for what sees its host's elsewhere.
    public init(root: String = "") {
        self.root = root
    }

    public func read() -> MemoryReading? {
        let group = folderOfGroup
        guard let pressure = group.flatMap({ file("\($0)/memory.pressure") }) ?? file("/proc/pressure/memory"),
            let stalled = Self.average(of: "some", in: pressure)
        else { return nil }
        let hits = group.flatMap { file("\($0)/memory.events") }.map { Self.count(of: "high", in: $0) + Self.count(of: "max", in: $0) }
        return MemoryReading(stalled: stalled, fullyStalled: Self.average(of: "full", in: pressure) ?? 0, limitHits: hits)
    }

    /// The line of version 2 is the one without a controller: `0::/path`.
    private var folderOfGroup: String? {
        let line = file("/proc/self/cgroup")?.split(separator: "\n").first { $0.hasPrefix("0::/") }
        return line.map { "/sys/fs/cgroup\($0.dropFirst(3))" }
    }

    private func file(_ path: String) -> String? { OperatingSystem.readSmallFile(root + path) }

    /// The share of the last ten seconds in a line like `some avg10=1.50 avg60=… total=…`, which says it in percent.
    static func average(of kind: Substring, in text: String) -> Double? {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.first == kind, let word = words.first(where: { $0.hasPrefix("avg10=") }) else { continue }
            return Double(word.dropFirst(6)).map { $0 / 100 }
        }
        return nil
    }

    /// The number in a line like `high 12`.
    static func count(of name: Substring, in text: String) -> Int {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2, words[0] == name { return Int(words[1]) ?? 0 }
        }
        return 0
    }
}
