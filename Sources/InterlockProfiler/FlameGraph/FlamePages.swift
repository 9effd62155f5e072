/// The pages of a graph: the whole, and one for each box that is worth a closer look. A page is reached by a plain link, so zooming needs no script.
struct FlamePages {
    /// A page and the boxes on it.
    struct Page {
        /// The box of the whole graph that it shows; the root for the first page.
        var node: Int
        var tree: FlameTree
    }

    /// What bounds the size of the file.
    static let maximumPages = 72
    static let leastShare = 0.01

    private(set) var pages: [Page] = []
    /// The page that shows a box at the size of the graph or nearly so.
    private(set) var page: [Int: Int] = [:]

    init(_ stacks: FoldedStacks, title: String) {
        let all = stacks.stacks
        let boxes = all.map { FlameTree.boxes($0.frames) }
        var whole = FlameTree(.init(symbol: title))
        var index: [FlameTree.Key: Int] = [:]
        for (number, stack) in all.enumerated() { whole.add(boxes[number].map { ($0.label, nil) }, count: stack.count, stack: number, index: &index) }
        whole.sort()
        pages = [Page(node: FlameTree.root, tree: whole)]
        page[FlameTree.root] = 0
        // From the outside in, so that a box knows the page of the box around it. A page that would look like that one is none.
        var open = [FlameTree.root]
        var place = 0
        while place < open.count {
            let node = open[place]
            place += 1
            for child in whole.nodes[node].children where Double(whole.nodes[child].total) >= Self.leastShare * Double(stacks.total) {
                open.append(child)
                guard let around = page[node] else { continue }
                let isNearlyAsWide = Double(whole.nodes[child].total) > 0.9 * Double(whole.nodes[pages[around].node].total)
                let hasMore = !whole.nodes[child].children.isEmpty || whole.nodes[child].label.isLibrary
                guard pages.count < Self.maximumPages, hasMore, !isNearlyAsWide || whole.nodes[child].label.isLibrary else {
                    page[child] = around
                    continue
                }
                page[child] = pages.count
                pages.append(Page(node: child, tree: Self.page(of: child, in: whole, stacks: all, boxes: boxes, index: index)))
            }
        }
    }

    /// What lies beneath a box. A library's own frames are shown one by one there.
    private static func page(
        of node: Int, in whole: FlameTree, stacks: [(frames: [StackFrame], count: Int)], boxes: [[FlameTree.Box]], index: [FlameTree.Key: Int]
    ) -> FlameTree {
        var tree = FlameTree(whole.nodes[node].label)
        var known: [FlameTree.Key: Int] = [:]
        for (stack, box) in whole.nodes[node].stacks {
            var path: [(label: FlameTree.Label, origin: Int?)] = []
            if whole.nodes[node].label.isLibrary {
                path += boxes[stack][box].frames.map { frame in
                    (.init(symbol: stacks[stack].frames[frame].symbol, module: stacks[stack].frames[frame].module), nil)
                }
            }
            var origin: Int? = node
            for inner in boxes[stack][(box + 1)...] {
                origin = origin.flatMap { index[FlameTree.Key(parent: $0, label: inner.label)] }
                path.append((inner.label, origin))
            }
            tree.add(path, count: stacks[stack].count, stack: stack, index: &known)
        }
        tree.sort()
        return tree
    }
}
