/// Which traces are recorded.
public struct TraceSampler: Sendable, Hashable {
    private enum Rule: Hashable {
        case all, none
        /// Those whose number, the last 56 bits of the id, is below the bound.
        case below(UInt64)
    }

    private let root: Rule
    private let followsParent: Bool

    /// Records everything.
    public static let always = TraceSampler(root: .all, followsParent: false)
    /// Records nothing.
    public static let never = TraceSampler(root: .none, followsParent: false)

    /// Records a share of all traces, by their ids: every service that uses the same share picks the same ones.
    ///
    /// - Parameter share: Clamped to 0...1.
    public static func ratio(_ share: Double) -> TraceSampler {
        let share = share.isNaN ? 0 : min(1, max(0, share))
        if share == 1 { return .always }
        return TraceSampler(root: share == 0 ? .none : .below(UInt64(share * 0x1p56)), followsParent: false)
    }

    /// Does as the caller does, and decides itself where a trace begins.
    public static func parentBased(root: TraceSampler = .always) -> TraceSampler {
        TraceSampler(root: root.root, followsParent: true)
    }

    /// Whether a span is recorded.
    ///
    /// - Parameter parent: Where it comes from; `nil` where a trace begins.
    public func isSampled(_ trace: TraceID, parent: TraceContext?) -> Bool {
        if followsParent, let parent { return parent.isSampled }
        return switch root {
        case .all: true
        case .none: false
        case .below(let bound): trace.low & 0x00FF_FFFF_FFFF_FFFF < bound
        }
    }
}
