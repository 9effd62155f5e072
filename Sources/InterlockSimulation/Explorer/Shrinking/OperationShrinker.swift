/// Looks for fewer operations that still fail: whole tasks first, then stretches, then single ones.
package struct OperationShrinker: Sendable {
    private struct Cut {
        let task: Int
        let range: Range<Int>
    }

    /// The best selection known.
    package private(set) var masks: [OperationMask]
    private var cuts: [Cut] = []
    private var hasImproved = true

    /// Starts from a selection that fails.
    package init(masks: [OperationMask]) {
        self.masks = masks
    }

    package var keptCount: Int { masks.reduce(0) { $0 + $1.keptCount } }

    /// The next selection to try; `nil` when a whole round has brought nothing.
    package mutating func next() -> [OperationMask]? {
        while true {
            if cuts.isEmpty {
                guard hasImproved else { return nil }
                hasImproved = false
                cuts = Self.cuts(of: masks)
                if cuts.isEmpty { return nil }
            }
            let cut = cuts.removeFirst()
            var proposal = masks
            for index in cut.range { proposal[cut.task].isKept[index] = false }
            if proposal != masks { return proposal }
        }
    }

    /// The proposal failed as well.
    package mutating func accept(_ masks: [OperationMask]) {
        self.masks = masks
        hasImproved = true
    }

    private static func cuts(of masks: [OperationMask]) -> [Cut] {
        var cuts: [Cut] = []
        var size = masks.map(\.isKept.count).max() ?? 0
        while size > 0 {
            for (task, mask) in masks.enumerated() {
                for start in stride(from: 0, to: mask.isKept.count, by: size) {
                    cuts.append(Cut(task: task, range: start..<min(mask.isKept.count, start + size)))
                }
            }
            size /= 2
        }
        return cuts
    }
}
