import InterlockJSON

/// A JSON value with names in it that stand for what is drawn.
///
/// A text that is nothing but `$name` becomes the drawn value with its type: `{"amount": "$amount"}` sends a number. In a longer text the value is put in
/// as text: `"visits-$round"`. `$$` is a dollar sign. Names are letters, digits and `_`; names of members are left as they are.
indirect enum DrawnJSON: Sendable {
    case fixed(JSONValue)
    case whole(String)
    case text([TextPart])
    case array([DrawnJSON])
    case object([(name: String, value: DrawnJSON)])

    enum TextPart: Sendable, Hashable {
        case fixed(String)
        case name(String)
    }

    /// - Parameters:
    ///   - path: where it stands, for errors.
    ///   - names: what may stand behind a dollar sign here.
    init(_ json: JSONValue, at path: String, names: [String]) throws(ConfigurationError) {
        switch json {
        case .string(let text):
            let parts = try Self.parts(text, at: path, names)
            switch (parts.count, parts.first) {
            case (0, _): self = .fixed("")
            case (1, .name(let name)): self = .whole(name)
            case (1, .fixed(let text)): self = .fixed(.string(text))
            default: self = .text(parts)
            }
        case .array(let elements):
            var templates: [DrawnJSON] = []
            for (index, element) in elements.enumerated() { templates.append(try DrawnJSON(element, at: "\(path)[\(index)]", names: names)) }
            self = .array(templates)
        case .object(let members):
            var templates: [(name: String, value: DrawnJSON)] = []
            for member in members { templates.append((member.key, try DrawnJSON(member.value, at: "\(path).\(member.key)", names: names))) }
            self = .object(templates)
        default: self = .fixed(json)
        }
    }

    /// The names it has in it.
    var names: Set<String> {
        switch self {
        case .fixed: []
        case .whole(let name): [name]
        case .text(let parts): Set(parts.compactMap { if case .name(let name) = $0 { name } else { nil } })
        case .array(let elements): elements.reduce(into: []) { $0.formUnion($1.names) }
        case .object(let members): members.reduce(into: []) { $0.formUnion($1.value.names) }
        }
    }

    /// The value with `drawn` in the places of its names, all of which have to be there.
    func fill(_ drawn: [String: JSONValue]) -> JSONValue {
        switch self {
        case .fixed(let json): json
        case .whole(let name): drawn[name] ?? .null
        case .text(let parts): .string(parts.map { part in
            switch part {
            case .fixed(let text): text
            case .name(let name): drawn[name].map { $0.string ?? $0.description } ?? ""
            }
        }.joined())
        case .array(let elements): .array(elements.map { $0.fill(drawn) })
        case .object(let members): .object(JSONObject(members.map { ($0.name, $0.value.fill(drawn)) }))
        }
    }

    private static func parts(_ text: String, at path: String, _ names: [String]) throws(ConfigurationError) -> [TextPart] {
        var parts: [TextPart] = []
        var fixed = ""
        var rest = Substring(text)
        while let character = rest.popFirst() {
            guard character == "$" else {
                fixed.append(character)
                continue
            }
            if rest.first == "$" {
                fixed.append("$")
                rest.removeFirst()
                continue
            }
            let name = String(rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" })
            guard names.contains(name) else {
                let nearest = NearestName.of(name, among: names).map { "; did you mean \"$\($0)\"?" } ?? "."
                let known = names.map { "$\($0)" }.joined(separator: ", ")
                let message = "has \"$\(name)\", which stands for nothing here\(nearest) There are \(known), and $$ for a dollar sign"
                throw ConfigurationError(path: path, message: message)
            }
            rest.removeFirst(name.count)
            if !fixed.isEmpty { parts.append(.fixed(fixed)) }
            fixed = ""
            parts.append(.name(name))
        }
        if !fixed.isEmpty { parts.append(.fixed(fixed)) }
        return parts
    }
}
