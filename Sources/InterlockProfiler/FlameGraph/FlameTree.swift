/// Stacks merged where they begin alike: a box of the graph for each frame, with library frames of one module as one box.
struct FlameTree {
    /// A box.
    struct Node {
        var label: Label
        var total = 0
        /// What ended here.
        var own = 0
        var children: [Int] = []
        var parent: Int?
        /// Stacks that pass through, as index and as which of the stack's boxes this is.
        var stacks: [(stack: Int, box: Int)] = []
        /// The box of the whole graph that this one of a page stands for; `nil` for frames of a library that the whole graph shows as one box.
        var origin: Int?
    }

    /// What a box says.
    struct Label: Hashable {
        var symbol: String
        var module: String?
        /// Frames of a library, taken together.
        var isLibrary = false
    }

    /// A box of a stack, and which of its frames it stands for.
    struct Box {
        var label: Label
        var frames: Range<Int>
    }

    private(set) var nodes: [Node]
    /// The root stands for everything; its label is the graph's.
    static let root = 0

    init(_ root: Label) {
        nodes = [Node(label: root, parent: nil, origin: Self.root)]
    }

    /// Adds a stack beneath the root, outermost box first.
    mutating func add(_ boxes: [(label: Label, origin: Int?)], count: Int, stack: Int, index: inout [Key: Int]) {
        var place = Self.root
        nodes[place].total += count
        for (number, box) in boxes.enumerated() {
            let key = Key(parent: place, label: box.label)
            if let child = index[key] {
                place = child
            } else {
                nodes.append(Node(label: box.label, parent: place, origin: box.origin))
                nodes[place].children.append(nodes.count - 1)
                place = nodes.count - 1
                index[key] = place
            }
            nodes[place].total += count
            nodes[place].stacks.append((stack, number))
        }
        nodes[place].own += count
    }

    /// A box by where it is.
    struct Key: Hashable {
        var parent: Int
        var label: Label
    }

    /// The widest first; equals by name, so that the same stacks draw the same graph.
    mutating func sort() {
        for index in nodes.indices {
            let order = nodes[index].children.sorted { one, other in
                let (one, other) = (nodes[one], nodes[other])
                return one.total != other.total
                    ? one.total > other.total : (one.label.symbol, one.label.module ?? "") < (other.label.symbol, other.label.module ?? "")
            }
            nodes[index].children = order
        }
    }

    /// The boxes of a stack: frames of one library that follow each other are one.
    static func boxes(_ frames: [StackFrame]) -> [Box] {
        var boxes: [Box] = []
        for (index, frame) in frames.enumerated() {
            guard let module = frame.module, LibraryModules.isLibrary(module) else {
                boxes.append(Box(label: Label(symbol: frame.symbol, module: frame.module), frames: index..<index + 1))
                continue
            }
            if let last = boxes.last, last.label.isLibrary, last.label.module == module {
                boxes[boxes.count - 1].frames = last.frames.lowerBound..<index + 1
            } else {
                boxes.append(Box(label: Label(symbol: module, module: module, isLibrary: true), frames: index..<index + 1))
            }
        }
        return boxes
    }
}
