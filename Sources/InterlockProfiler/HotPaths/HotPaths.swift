/// Which functions took the time, and on behalf of what.
public struct HotPaths: Sendable {
    /// One function, over all stacks it occurs in.
    public struct Function: Sendable, Hashable {
        public var frame: StackFrame
        /// What ended in it: it ran itself.
        public var own: Int
        /// What it was part of; a stack counts once however often it occurs there.
        public var total: Int
    }

    /// The stack that took most, from branch to branch the wider one.
    public struct Path: Sendable, Hashable {
        /// Outermost first.
        public var frames: [StackFrame]
        /// What reached the last of them.
        public var count: Int
    }

    /// Every function, those that took most themselves first.
    public let functions: [Function]
    /// Of the server's own functions, those that took most with what they call; threads and libraries are not among them.
    public let ownCode: [Function]
    /// The hottest path; `nil` without stacks, and where they part at once.
    public let path: Path?

    /// Reads them from stacks.
    public init(_ stacks: FoldedStacks) {
        var own: [StackFrame: Int] = [:]
        var total: [StackFrame: Int] = [:]
        let all = stacks.stacks
        for (frames, count) in all {
            if let leaf = frames.last { own[leaf, default: 0] += count }
            for frame in Set(frames) { total[frame, default: 0] += count }
        }
        func key(_ frame: StackFrame) -> (String, String) { (frame.symbol, frame.module ?? "") }
        let functions = total.map { Function(frame: $0.key, own: own[$0.key] ?? 0, total: $0.value) }
        self.functions = functions.sorted { one, other in
            one.own != other.own ? one.own > other.own : one.total != other.total ? one.total > other.total : key(one.frame) < key(other.frame)
        }
        ownCode = functions.filter { $0.frame.module.map { !LibraryModules.isLibrary($0) } ?? false }
            .sorted { $0.total != $1.total ? $0.total > $1.total : key($0.frame) < key($1.frame) }
        path = Self.path(all)
    }

    /// Follows the widest branch while it keeps a third of the one before and a tenth of all.
    private static func path(_ stacks: [(frames: [StackFrame], count: Int)]) -> Path? {
        var inside = stacks
        var path: [StackFrame] = []
        var count = inside.reduce(0) { $0 + $1.count }
        let all = count
        while true {
            var next: [StackFrame: Int] = [:]
            for (frames, count) in inside where frames.count > path.count { next[frames[path.count], default: 0] += count }
            let widest = next.max { $0.value != $1.value ? $0.value < $1.value : ($0.key.symbol, $0.key.module ?? "") > ($1.key.symbol, $1.key.module ?? "") }
            guard let widest, widest.value > count / 3, widest.value >= all / 10 else { return path.isEmpty ? nil : Path(frames: path, count: count) }
            inside = inside.filter { $0.frames.count > path.count && $0.frames[path.count] == widest.key }
            path.append(widest.key)
            count = widest.value
        }
    }
}

extension HotPaths.Path {
    /// The path in one line: the thread, the server's own functions, one word for each stretch of a library, and where it ends.
    public func text(most: Int = 6) -> String {
        var words: [String] = []
        for (index, frame) in frames.enumerated() {
            let isEnd = index == frames.count - 1
            let word = isEnd || !(frame.module.map(LibraryModules.isLibrary) ?? false) ? frame.symbol : frame.module ?? frame.symbol
            if words.last != word { words.append(word) }
        }
        if words.count > most { words = [words[0], "…"] + words.suffix(most - 1) }
        return words.joined(separator: " › ")
    }
}
