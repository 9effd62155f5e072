extension URITemplate {
    /// The URI for some values; variables without one are undefined and leave nothing (RFC 6570, section 3).
    public func expand(_ values: [String: Value]) -> String {
        var result = ""
        for part in parts {
            switch part {
            case .literal(let text): result += text
            case .expression(let kind, let variables):
                let expanded = variables.compactMap { variable in
                    values[variable.name].flatMap { Self.expand($0, of: variable, by: kind) }
                }
                if !expanded.isEmpty { result += kind.first + expanded.joined(separator: kind.separator) }
            }
        }
        return result
    }

    private static func expand(_ value: Value, of variable: Variable, by kind: Operator) -> String? {
        func encode(_ text: String) -> String { PercentEncoding.encode(text, allowReserved: kind.allowsReserved) }
        func named(_ name: String, _ text: String) -> String {
            text.isEmpty ? name + kind.ifEmpty : "\(name)=\(text)"
        }
        let explodes = variable.modifier == .explode
        switch value {
        case .string(let text):
            var text = text
            if case .prefix(let length) = variable.modifier {
                text = String(String.UnicodeScalarView(text.unicodeScalars.prefix(length)))
            }
            return kind.isNamed ? named(variable.name, encode(text)) : encode(text)
        case .list(let items):
            guard !items.isEmpty else { return nil }
            let texts = items.map(encode)
            guard explodes else {
                let text = texts.joined(separator: ",")
                return kind.isNamed ? named(variable.name, text) : text
            }
            return texts.map { kind.isNamed ? named(variable.name, $0) : $0 }.joined(separator: kind.separator)
        case .pairs(let pairs):
            guard !pairs.isEmpty else { return nil }
            guard explodes else {
                let text = pairs.map { "\(encode($0.name)),\(encode($0.value))" }.joined(separator: ",")
                return kind.isNamed ? named(variable.name, text) : text
            }
            return pairs.map { kind.isNamed ? named(encode($0.name), encode($0.value)) : "\(encode($0.name))=\(encode($0.value))" }
                .joined(separator: kind.separator)
        }
    }
}
