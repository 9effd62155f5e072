/// The violations found so far, and the place in the value that is being looked at.
struct SchemaReport {
    enum Step {
        case member(String)
        case item(Int)
    }

    let limit: Int
    private(set) var violations: [JSONSchemaViolation] = []
    private(set) var path: [Step] = []

    init(limit: Int, path: [Step] = []) {
        self.limit = limit
        self.path = path
    }

    var isFull: Bool { violations.count >= limit }

    var pointer: String {
        path.reduce("") { pointer, step in
            switch step {
            case .member(let name): JSONPointer.appending(name, to: pointer)
            case .item(let index): "\(pointer)/\(index)"
            }
        }
    }

    mutating func enter(_ step: Step) { path.append(step) }

    mutating func leave() { path.removeLast() }

    mutating func add(_ keyword: String, of node: SchemaNode, _ message: String) {
        guard !isFull else { return }
        let location = keyword == "false" ? node.location : "\(node.location)/\(keyword)"
        violations.append(
            JSONSchemaViolation(instancePath: pointer, keyword: keyword, schemaLocation: location, message: message))
    }

    mutating func add(_ others: [JSONSchemaViolation]) { violations += others.prefix(max(0, limit - violations.count)) }
}
