extension FlameGraph {
    /// Sizes in the units of the drawing.
    private enum Size {
        static let width = 1200.0
        static let row = 19.0
        static let letter = 6.65
        static let head = 64.0
        static let foot = 26.0
        /// Rows a page shows; deeper boxes are counted and left out.
        static let rows = 96
        static let leastRows = 32
        /// Boxes a page shows.
        static let boxes = 2_500
        /// Narrower boxes are counted and left out.
        static let narrowest = 1.0
    }

    /// One drawn page.
    private struct Drawn {
        var body = ""
        var rows = 0
        var omitted = 0
    }

    func drawing(prefix: String, isAlone: Bool) -> String {
        let pages = FlamePages(stacks, title: "all")
        let home = draw(pages, 0, prefix, rows: Size.rows)
        // A page is about as high as the first, or most of the picture would be empty there.
        let drawn = [home] + pages.pages.indices.dropFirst().map { draw(pages, $0, prefix, rows: max(Size.leastRows, home.rows + 4)) }
        let rows = drawn.map(\.rows).max() ?? 1
        let height = Size.head + Double(rows) * Size.row + Size.foot
        var out = "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"flame\" viewBox=\"0 0 \(Int(Size.width)) \(Int(height))\""
        if isAlone { out += " width=\"100%\"" }
        out += " role=\"group\" aria-labelledby=\"\(prefix)-title \(prefix)-desc\">"
        out += "<title id=\"\(prefix)-title\">\(MarkupText.escaped(title))</title>"
        let words = "\(subtitle). \(unit.text(stacks.total)) in all. Callers stand above what they call; a box is as wide as its share."
        out += "<desc id=\"\(prefix)-desc\">\(MarkupText.escaped(words))</desc>"
        out += "<style>\(Self.style)</style>"
        if isAlone { out += "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>" }
        out += "<text class=\"h\" x=\"2\" y=\"18\">\(MarkupText.escaped(title))</text><text class=\"s\" x=\"2\" y=\"36\">\(MarkupText.escaped(subtitle))</text>"
        // The first page comes last: it is hidden by whichever of the others is the target of the link.
        for number in drawn.indices.dropFirst() { out += "<g class=\"page\" id=\"\(prefix)\(number)\">\(drawn[number].body)</g>" }
        out += "<g class=\"home\" id=\"\(prefix)\">\(drawn[0].body)</g>"
        if isAlone { out += "<script><![CDATA[\(Self.script)]]></script>" }
        return out + "</svg>\n"
    }

    private func draw(_ pages: FlamePages, _ number: Int, _ prefix: String, rows: Int) -> Drawn {
        let page = pages.pages[number]
        var drawn = Drawn()
        drawn.body += crumbs(pages, number, prefix)
        // In the order of the rows; a box that is left out leaves out what is beneath it.
        var open: [(node: Int, x: Double, row: Int)] = [(FlameTree.root, 0, 0)]
        let scale = page.tree.nodes[FlameTree.root].total > 0 ? Size.width / Double(page.tree.nodes[FlameTree.root].total) : 0
        var place = 0
        while place < open.count {
            let (node, x, row) = open[place]
            place += 1
            let box = page.tree.nodes[node]
            drawn.body += draw(box, at: x, row: row, width: Double(box.total) * scale, link: link(number == 0 ? node : box.origin, from: number, pages, prefix))
            drawn.rows = max(drawn.rows, row + 1)
            var left = x
            for child in box.children {
                let width = Double(page.tree.nodes[child].total) * scale
                if width >= Size.narrowest, row + 1 < rows, open.count < Size.boxes {
                    open.append((child, left, row + 1))
                } else {
                    drawn.omitted += size(of: child, in: page.tree)
                }
                left += width
            }
        }
        if drawn.omitted > 0 {
            let boxes = drawn.omitted == 1 ? "1 box is" : "\(drawn.omitted) boxes are"
            let y = Size.head + Double(drawn.rows) * Size.row + 16
            drawn.body += "<text class=\"s\" x=\"2\" y=\"\(Self.number(y))\">\(boxes) too narrow or too deep to draw here.</text>"
        }
        return drawn
    }

    private func size(of node: Int, in tree: FlameTree) -> Int { tree.nodes[node].children.reduce(1) { $0 + size(of: $1, in: tree) } }

    /// - Parameter origin: the box of the whole graph; on the first page each is its own.
    private func link(_ origin: Int?, from number: Int, _ pages: FlamePages, _ prefix: String) -> String? {
        guard let origin, let target = pages.page[origin], target != number else { return nil }
        return target == 0 ? nil : "#\(prefix)\(target)"
    }

    /// Where a page is: links to the whole and to what is around it.
    private func crumbs(_ pages: FlamePages, _ number: Int, _ prefix: String) -> String {
        guard number > 0 else { return "" }
        var path: [(name: String, page: Int)] = []
        let whole = pages.pages[0].tree
        var node = whole.nodes[pages.pages[number].node].parent
        while let here = node {
            if let page = pages.page[here], page != number, path.last?.page != page {
                path.append((here == FlameTree.root ? "all" : whole.nodes[here].label.symbol, page))
            }
            node = whole.nodes[here].parent
        }
        var x = 2.0
        var out = ""
        // The whole always, and the nearest four.
        for (name, page) in (path.suffix(1) + path.dropLast().prefix(4).reversed()) {
            let text = Self.fitted(name, letters: 34)
            out +=
                "<a href=\"#\(page == 0 ? prefix : "\(prefix)\(page)")\"><text class=\"b\" x=\"\(Self.number(x))\" y=\"54\">\(MarkupText.escaped(text)) ›</text></a>"
            x += Double(text.count + 3) * Size.letter
        }
        return out
    }

    private func draw(_ box: FlameTree.Node, at x: Double, row: Int, width: Double, link: String?) -> String {
        let y = Size.head + Double(row) * Size.row
        let share = stacks.total > 0 ? Double(box.total) / Double(stacks.total) * 100 : 0
        let place = box.label.module.map { $0 == box.label.symbol ? "" : " · \($0)" } ?? ""
        let words =
            "\(box.label.symbol)\(place): \(unit.text(box.total)), \(share.short) %"
            + (box.own > 0 && box.own < box.total ? ", \(unit.text(box.own)) of them here" : "")
        let letters = Int((width - 6) / Size.letter)
        var out = "<g class=\"\(Self.tone(box.label, row: row))\"><title>\(MarkupText.escaped(words))</title>"
        out +=
            "<rect x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" width=\"\(Self.number(max(0.4, width - 0.6)))\" height=\"\(Int(Size.row) - 1)\" rx=\"2\"/>"
        if letters >= 3 {
            out += "<text x=\"\(Self.number(x + 4))\" y=\"\(Self.number(y + 13))\">\(MarkupText.escaped(Self.fitted(box.label.symbol, letters: letters)))</text>"
        }
        out += "</g>"
        return link.map { "<a href=\"\($0)\">\(out)</a>" } ?? out
    }

    private static func fitted(_ text: String, letters: Int) -> String { text.count <= letters ? text : text.prefix(max(1, letters - 1)) + "…" }

    private static func number(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}
