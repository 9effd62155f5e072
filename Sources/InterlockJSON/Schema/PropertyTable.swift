/// The schemas of named properties, found by exact name.
struct PropertyTable: Sendable {
    private(set) var entries: [(name: String, schema: Int)] = []
    /// By name, kept only when there are many.
    private let index: [ExactText: Int]

    init(_ entries: [(name: String, schema: Int)]) {
        self.entries = entries
        index =
            entries.count > 8 ? Dictionary(entries.map { (ExactText(text: $0.name), $0.schema) }, uniquingKeysWith: { $1 }) : [:]
    }

    var isEmpty: Bool { entries.isEmpty }

    subscript(name: String) -> Int? {
        if !index.isEmpty { return index[ExactText(text: name)] }
        for entry in entries where StringBytes.same(entry.name, name) { return entry.schema }
        return nil
    }

    /// A text that equals another only byte by byte.
    private struct ExactText: Hashable {
        var text: String
        static func == (left: ExactText, right: ExactText) -> Bool { StringBytes.same(left.text, right.text) }
        func hash(into hasher: inout Hasher) { hasher.combine(text) }
    }
}
