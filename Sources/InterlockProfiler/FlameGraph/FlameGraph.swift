/// Stacks as a picture: a box for each function, as wide as its share, callers above those they call.
///
/// The SVG stands alone. A box is a link to a page of its own in the same file, so zooming works without script; frames of a library are one grey box that
/// opens the same way. A search field is there where scripts run. Each box has its words for a screen reader.
public struct FlameGraph: Sendable {
    /// What the counts of the stacks are.
    public enum Unit: Sendable, Hashable {
        case samples
        /// Time off the processor.
        case microseconds

        func text(_ count: Int) -> String {
            switch self {
            case .samples: count == 1 ? "1 sample" : "\(count) samples"
            case .microseconds: count >= 1_000_000 ? "\((Double(count) / 1e6).short) s" : count >= 1_000 ? "\((Double(count) / 1e3).short) ms" : "\(count) µs"
            }
        }
    }

    let stacks: FoldedStacks
    let title: String
    let subtitle: String
    let unit: Unit

    /// Prepares a graph; nothing is laid out yet.
    ///
    /// - Parameters:
    ///   - title: what was profiled. All text is escaped.
    ///   - subtitle: how.
    public init(_ stacks: FoldedStacks, title: String, subtitle: String, unit: Unit = .samples) {
        self.stacks = stacks
        self.title = title
        self.subtitle = subtitle
        self.unit = unit
    }

    /// The whole picture, for a file.
    public var svg: String { drawing(prefix: "z", isAlone: true) }

    /// The picture for a place in a page; `prefix` (letters) begins its ids, so that several can stand in one page. Without script.
    public func embedded(prefix: String) -> String { drawing(prefix: prefix, isAlone: false) }
}

extension Double {
    /// With three digits at most, and no zeroes that say nothing.
    var short: String {
        let scale = magnitude >= 100 ? 1.0 : magnitude >= 10 ? 10 : 100
        let rounded = (self * scale).rounded() / scale
        return rounded == rounded.rounded() && rounded.magnitude < 1e15 ? "\(Int(rounded))" : "\(rounded)"
    }
}
