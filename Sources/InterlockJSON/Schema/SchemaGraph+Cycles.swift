extension SchemaGraph {
    /// Refuses chains of `$ref` and `allOf` that lead back to themselves: they apply to the same value without end.
    ///
    /// Chains through `anyOf`, `if` and their like may end, so those are left to the limits of a validation.
    func refuseInfiniteReferences() throws(JSONSchemaError) {
        enum Mark { case fresh, open, done }
        var marks = Array(repeating: Mark.fresh, count: nodes.count)
        for start in nodes.indices where marks[start] == .fresh {
            var path = [(node: start, next: 0)]
            marks[start] = .open
            while let top = path.last {
                let keywords = nodes[top.node].keywords
                let ways = keywords.references.count + keywords.allOf.count
                guard top.next < ways else {
                    marks[top.node] = .done
                    path.removeLast()
                    continue
                }
                path[path.count - 1].next += 1
                let target =
                    top.next < keywords.references.count
                    ? keywords.references[top.next] : keywords.allOf[top.next - keywords.references.count]
                switch marks[target] {
                case .done: break
                case .fresh:
                    marks[target] = .open
                    path.append((target, 0))
                case .open:
                    let cycle = path.drop { $0.node != target }.map { nodes[$0.node].location } + [nodes[target].location]
                    throw JSONSchemaError(
                        .infiniteReference, "the references lead in a circle without end: \(cycle.joined(separator: " → "))",
                        at: nodes[target].location)
                }
            }
        }
    }
}
