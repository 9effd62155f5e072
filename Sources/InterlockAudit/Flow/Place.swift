/// Where shared state is kept: a property or global, and the way from there into its value.
struct Place: Hashable {
    /// The property, as a reader would name it.
    let root: String
    /// Members and subscripts below it; what tells of a whole collection stands for the collection.
    var path: [String] = []

    /// Whether writing one changes what reading the other gives.
    func overlaps(_ other: Place) -> Bool {
        root == other.root && zip(path, other.path).allSatisfy(==)
    }

    func member(_ name: String) -> Place {
        Vocabulary.summaries.contains(name) ? self : Place(root: root, path: path + [name])
    }

    var name: String {
        path.reduce(root) { $1.hasPrefix("[") ? $0 + $1 : "\($0).\($1)" }
    }
}
