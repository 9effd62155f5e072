import InterlockConcurrency

/// Which tenants have a name of their own in metrics: those that called most of late. The rest are `other` together.
///
/// Free names go to whoever comes first. Every ``period`` all scores are halved, and a tenant without a name takes that of the quietest with one if it
/// has twice its score: so names follow a tenant that grows within a few periods, and two alike do not take turns.
struct TenantRanking: Sendable {
    /// What is shown of one call.
    struct Label: Sendable, Hashable {
        /// Under which name it counts; `nil` for `other`.
        var name: String?
        /// Tenants that have lost their names since the last call.
        var dropped: [String] = []
    }

    static let period = Duration.seconds(10)
    /// Tenants without a name that are counted at a time; more wait until some have been quiet for a period.
    static let maximumCandidates = 1_000

    private let limit: Int
    private var named: [String: Int] = [:]
    private var candidates: [String: Int] = [:]
    private var nextPeriod: MonotonicTime?

    init(limit: Int) { self.limit = limit }

    /// Counts a call of a tenant.
    mutating func record(_ tenant: String, now: MonotonicTime) -> Label {
        var dropped: [String] = []
        if let next = nextPeriod, now >= next {
            dropped = rank()
            nextPeriod = now + Self.period
        } else if nextPeriod == nil {
            nextPeriod = now + Self.period
        }
        if named[tenant] != nil || named.count < limit {
            named[tenant, default: candidates.removeValue(forKey: tenant) ?? 0] += 1
            return Label(name: tenant, dropped: dropped)
        }
        if candidates[tenant] != nil || candidates.count < Self.maximumCandidates { candidates[tenant, default: 0] += 1 }
        return Label(name: nil, dropped: dropped)
    }

    private mutating func rank() -> [String] {
        var dropped: [String] = []
        var quiet = named.sorted { ($0.value, $0.key) < ($1.value, $1.key) }[...]
        for (tenant, score) in candidates.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            guard let quietest = quiet.first, score >= max(1, quietest.value * 2) else { break }
            quiet.removeFirst()
            named[quietest.key] = nil
            named[tenant] = score
            candidates[tenant] = nil
            dropped.append(quietest.key)
        }
        named = named.mapValues { $0 / 2 }
        candidates = candidates.mapValues { $0 / 2 }.filter { $0.value > 0 }
        return dropped
    }
}
