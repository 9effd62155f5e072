extension BenchComparison {
    /// What is compared.
    public struct Bound: Sendable, Hashable {
        /// As in `p99`; for messages.
        public var name: String
        /// From 0 to 1.
        public var share: Double
        /// The largest ratio of the run to its baseline that is no regression; 1.10 allows a tenth.
        public var limit: Double

        /// Reads `p99=1.10`; `p50`, `p95`, `p99.9` and the like. Nil for anything else.
        public init?(parsing text: String) {
            let parts = text.split(separator: "=", omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0].first == "p", let percent = Double(parts[0].dropFirst()), percent > 0, percent < 100,
                let limit = Double(parts[1]), limit >= 1, limit.isFinite
            else { return nil }
            // Rounded, because 99.9 / 100 is not quite 0.999.
            self.init(name: String(parts[0]), share: (percent * 1e6).rounded() / 1e8, limit: limit)
        }

        /// Bounds a percentile.
        public init(name: String, share: Double, limit: Double) {
            self.name = name
            self.share = share
            self.limit = limit
        }

        /// Calls that each side must have: ten beyond the percentile are the least that place it.
        public var neededCalls: Int { Int(min(1e15, (10 / max(1e-15, 1 - share) - 1e-6).rounded(.up))) }

        /// What is bounded where nobody names anything: p50, p95 and p99 by a tenth, as far as so many calls can tell them, but p50 always.
        public static func usual(calls: Int) -> [Bound] {
            let all = [Bound(name: "p50", share: 0.5, limit: 1.1), Bound(name: "p95", share: 0.95, limit: 1.1), Bound(name: "p99", share: 0.99, limit: 1.1)]
            return all.filter { $0.name == "p50" || $0.neededCalls <= calls }
        }
    }
}
