/// A compiled schema: every subschema that can be reached, and the anchors that dynamic references look up.
final class SchemaGraph: Sendable {
    let nodes: [SchemaNode]
    /// For each anchor name, the node of each resource that has it.
    let dynamicAnchors: [String: [Int: Int]]
    /// The nodes of the first document by JSON pointer.
    let pointers: [String: Int]

    init(nodes: [SchemaNode], dynamicAnchors: [String: [Int: Int]], pointers: [String: Int]) {
        self.nodes = nodes
        self.dynamicAnchors = dynamicAnchors
        self.pointers = pointers
    }

    /// Whether the way taken to a subschema can matter.
    var isDynamic: Bool { !dynamicAnchors.isEmpty }
}
