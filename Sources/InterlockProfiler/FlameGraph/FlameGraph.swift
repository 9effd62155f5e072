/// Folded stacks as a picture: a frame's width is its share of the samples.
public struct FlameGraph {
    private struct Node {
        var count = 0
        var children: [String: Node] = [:]

        mutating func add(_ path: ArraySlice<Substring>, _ count: Int) {
            self.count += count
            if let first = path.first { children[String(first), default: Node()].add(path.dropFirst(), count) }
        }

        var depth: Int { 1 + (children.values.map(\.depth).max() ?? 0) }
    }

    private static let width = 1_200.0
    private static let rowHeight = 18
    private let root: Node
    private let title: String
    private let subtitle: String

    /// A picture of stacks with a headline and a line below it.
    public init(_ stacks: FoldedStacks, title: String, subtitle: String) {
        var root = Node()
        for line in stacks.text.split(separator: "\n") {
            guard let space = line.lastIndex(of: " "), let count = Int(line[line.index(after: space)...]) else { continue }
            root.add(line[..<space].split(separator: ";")[...], count)
        }
        self.root = root
        self.title = title
        self.subtitle = subtitle
    }

    /// The picture as an SVG document of its own.
    public var svg: String {
        let height = root.depth * Self.rowHeight + 60
        var text = """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1200 \(height)" font-family="monospace" font-size="11">
            <text x="8" y="20" font-size="15">\(Self.escape(title))</text><text x="8" y="38">\(Self.escape(subtitle))</text>

            """
        Self.draw(root, "all", x: 0, row: 0, total: max(1, root.count), into: &text)
        return text + "</svg>\n"
    }

    private static func draw(_ node: Node, _ name: String, x: Double, row: Int, total: Int, into text: inout String) {
        let width = Double(node.count) / Double(total) * Self.width
        guard width >= 0.3 else { return }
        let share = (Double(node.count) / Double(total) * 1_000).rounded() / 10
        let (y, letters) = (50 + row * rowHeight, Int(width / 7))
        text += "<g><title>\(escape(name)): \(node.count) samples, \(share) %</title><rect x=\"\(x)\" y=\"\(y)\" width=\"\(width)\" height=\"17\" fill=\"hsl(\(20 + name.utf8.count % 30) 80% 65%)\"/>"
        if letters > 2 { text += "<text x=\"\(x + 3)\" y=\"\(y + 13)\">\(escape(String(name.prefix(letters))))</text>" }
        text += "</g>\n"
        var left = x
        for (name, child) in node.children.sorted(by: { $0.key < $1.key }) {
            draw(child, name, x: left, row: row + 1, total: total, into: &text)
            left += Double(child.count) / Double(total) * Self.width
        }
    }

    private static func escape(_ text: String) -> String {
        text.map { $0 == "&" ? "&amp;" : $0 == "<" ? "&lt;" : $0 == ">" ? "&gt;" : $0 == "\"" ? "&quot;" : String($0) }.joined()
    }
}
