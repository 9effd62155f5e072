import InterlockSimulation
import Testing

@testable import InterlockProfiler

@Suite("Flame graphs and hot paths")
struct FlameGraphTests {
    private static let stacks = try! FoldedStacks(
        parsing: """
            tool a;main thread;libc.so.6`start;libc.so.6`run;App`handle;App`hash;libcrypt.so.1`one;libcrypt.so.1`two 60
            tool a;main thread;libc.so.6`start;libc.so.6`run;App`handle;App`copy;libc.so.6`memmove 20
            tool b;main thread;libc.so.6`start;libc.so.6`run;App`handle;[kernel]`read 20
            """)  // the text above is a constant

    private static func count(_ part: String, in text: String) -> Int { text.ranges(of: part).count }

    @Test("the box of everything and its children add up to the samples taken, on every page")
    func totals() {
        let pages = FlamePages(Self.stacks, title: "all")
        #expect(pages.pages[0].tree.nodes[FlameTree.root].total == 100)
        for page in pages.pages {
            #expect(page.tree.nodes[FlameTree.root].total == pages.pages[0].tree.nodes[page.node].total)
            for node in page.tree.nodes { #expect(node.own + node.children.reduce(0) { $0 + page.tree.nodes[$1].total } == node.total) }
        }
        let svg = FlameGraph(Self.stacks, title: "t", subtitle: "s").svg
        #expect(svg.contains("all: 100 samples, 100 %") && svg.contains("hash · App: 60 samples, 60 %"))
    }

    @Test("frames of one library are one grey box, and its page shows them one by one")
    func libraries() throws {
        let pages = FlamePages(Self.stacks, title: "all")
        let whole = pages.pages[0].tree
        #expect(!whole.nodes.contains { $0.label.symbol == "start" || $0.label.symbol == "two" })
        let box = try #require(whole.nodes.indices.first { whole.nodes[$0].label.module == "libcrypt.so.1" })
        #expect(whole.nodes[box].label.isLibrary && whole.nodes[box].total == 60)
        let page = pages.pages[try #require(pages.page[box])]
        #expect(page.node == box && page.tree.nodes.map(\.label.symbol) == ["libcrypt.so.1", "one", "two"])
    }

    @Test("every link leads to a page of the file, and every page but the first can be left again; the first page has links, too")
    func links() throws {
        let svg = FlameGraph(Self.stacks, title: "t", subtitle: "s").embedded(prefix: "on")
        let targets = svg.matches(of: /href="#([^"]+)"/).map { String($0.1) }
        #expect(!targets.isEmpty)
        for target in targets { #expect(svg.contains("id=\"\(target)\""), "\(target)") }
        #expect(Self.count("href=\"#on\"", in: svg) == Self.count("class=\"page\"", in: svg))
        let home = svg[try #require(svg.firstRange(of: "class=\"home\"")).lowerBound...]
        #expect(home.contains("<a href=\"#on"))
    }

    @Test("whatever functions are called, the picture stays one, and an embedded one has no script", arguments: [1, 2, 3, 4] as [UInt64])
    func hostile(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let parts = ["<script>alert(1)</script>", "\"", "'", "&", "]]>", "\u{0}", "\u{1B}", "\u{FFFE}", "é", "<!--", "--></style>", "javascript:x", "f"]
        var stacks = FoldedStacks()
        for _ in 0..<60 {
            stacks.add(
                (0..<6).map { _ in
                    StackFrame(symbol: parts.randomElement(using: &random)! + parts.randomElement(using: &random)!, module: parts.randomElement(using: &random))
                },
                count: Int.random(in: 1...50, using: &random))
        }
        let graph = FlameGraph(stacks, title: parts.joined(), subtitle: parts.joined())
        for (svg, scripts) in [(graph.svg, 1), (graph.embedded(prefix: "e"), 0)] {
            #expect(Self.count("<script", in: svg) == scripts && Self.count("<!--", in: svg) == 0 && Self.count("]]>", in: svg) == scripts)
            for tag in ["g", "a", "title", "desc", "text", "style", "svg"] {
                #expect(Self.count("<\(tag)>", in: svg) + Self.count("<\(tag) ", in: svg) == Self.count("</\(tag)>", in: svg), "\(tag)")
            }
            #expect(!svg.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || $0.value == 0xFFFE })
        }
    }

    @Test("what is too narrow is left out and counted; the file stays bounded")
    func culling() {
        var stacks = FoldedStacks()
        stacks.add([StackFrame(symbol: "wide", module: "App")], count: 1_000_000)
        for number in 0..<5_000 { stacks.add([StackFrame(symbol: "narrow", module: "App"), StackFrame(symbol: "f\(number)", module: "App")], count: 1) }
        let svg = FlameGraph(stacks, title: "t", subtitle: "s").svg
        #expect(svg.contains("5000 boxes are too narrow or too deep to draw here."))
        var many = FoldedStacks()
        for number in 0..<20_000 {
            many.add(
                (0..<20).map { StackFrame(symbol: "f\(number / (1 << (20 - $0)))", module: $0.isMultiple(of: 2) ? "App" : "libx.so") }, count: 1 + number % 7)
        }
        #expect(FlameGraph(many, title: "t", subtitle: "s").svg.utf8.count < 8 << 20)
        #expect(FlameGraph(FoldedStacks(), title: "t", subtitle: "s").svg.contains("0 samples"))
    }

    @Test("the same stacks draw the same picture, in whatever order they came")
    func deterministic() {
        var other = FoldedStacks()
        for (frames, count) in Self.stacks.stacks.reversed() { for _ in 0..<count { other.add(frames) } }
        #expect(FlameGraph(other, title: "t", subtitle: "s").svg == FlameGraph(Self.stacks, title: "t", subtitle: "s").svg)
    }

    @Test("functions by what they took themselves, own code by what it took with its callees, and the path of the most")
    func hotPaths() throws {
        let hot = HotPaths(Self.stacks)
        #expect(hot.functions.first == .init(frame: StackFrame(symbol: "two", module: "libcrypt.so.1"), own: 60, total: 60))
        #expect(hot.ownCode.map(\.frame.symbol) == ["handle", "hash", "copy"] && hot.ownCode[0].total == 100)
        let path = try #require(hot.path)
        #expect(path.count == 60 && path.frames.count == 8)
        #expect(path.text() == "tool a › … › libc.so.6 › handle › hash › libcrypt.so.1 › two")
        #expect(HotPaths(FoldedStacks()).path == nil)
        let even = try FoldedStacks(parsing: (0..<20).map { "f\($0) 5" }.joined(separator: "\n"))
        #expect(HotPaths(even).path == nil)
    }

    @Test("a frame that recurs counts once in its total")
    func recursion() throws {
        let hot = HotPaths(try FoldedStacks(parsing: "App`f;App`f;App`f 7"))
        #expect(hot.functions == [.init(frame: StackFrame(symbol: "f", module: "App"), own: 7, total: 7)])
    }
}
