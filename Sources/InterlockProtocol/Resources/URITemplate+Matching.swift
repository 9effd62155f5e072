extension URITemplate {
    /// Whether URIs can be matched: no named operators (`;`, `?`, `&`) and no modifiers.
    public var isMatchable: Bool {
        parts.allSatisfy { part in
            guard case .expression(let kind, let variables) = part else { return true }
            return !kind.isNamed && variables.allSatisfy { $0.modifier == .none }
        }
    }

    /// The values that make the template expand to a URI, or nil if none do.
    ///
    /// Every variable takes at least one character; earlier ones take as much as they can. Simple variables stop at reserved
    /// characters and are percent-decoded; `{+path}` and `{#fragment}` take reserved ones too and stay as they are in the URI.
    /// A decoded value may contain `/` and `..`: whoever makes a file path of it checks it. A variable that stands twice must
    /// have the same value. A template that is not matchable matches nothing.
    public func match(_ uri: String) -> [String: String]? {
        guard isMatchable else { return nil }
        let steps = matchSteps
        let bytes = Array(uri.utf8)
        let reach = Self.reachable(steps, bytes)
        let width = bytes.count + 1
        guard reach[0] else { return nil }
        var values: [String: String] = [:]
        var position = 0
        for (index, step) in steps.enumerated() {
            switch step {
            case .literal(let text):
                position += text.count
            case .variable(let name, let allowsReserved):
                var end = position
                var best: Int?
                while end < bytes.count, Self.accepts(bytes, end, allowsReserved) {
                    end += 1
                    if reach[(index + 1) * width + end] { best = end }
                }
                guard let best else { return nil }
                let slice = bytes[position..<best]
                let text = allowsReserved ? String(decoding: slice, as: UTF8.self) : PercentEncoding.decode(slice)
                guard let text, values.updateValue(text, forKey: name).map({ $0 == text }) ?? true else { return nil }
                position = best
            }
        }
        return values
    }

    private enum MatchStep {
        case literal([UInt8])
        case variable(String, allowsReserved: Bool)
    }

    private var matchSteps: [MatchStep] {
        var steps: [MatchStep] = []
        for part in parts {
            switch part {
            case .literal(let text): steps.append(.literal(Array(text.utf8)))
            case .expression(let kind, let variables):
                for (index, variable) in variables.enumerated() {
                    let before = index == 0 ? kind.first : kind.separator
                    if !before.isEmpty { steps.append(.literal(Array(before.utf8))) }
                    steps.append(.variable(variable.name, allowsReserved: kind.allowsReserved))
                }
            }
        }
        return steps
    }

    /// Whether the steps from one on can match the bytes from one on, for all of both: row by step, column by byte.
    private static func reachable(_ steps: [MatchStep], _ bytes: [UInt8]) -> [Bool] {
        let width = bytes.count + 1
        var reach = [Bool](repeating: false, count: (steps.count + 1) * width)
        reach[steps.count * width + bytes.count] = true
        for index in steps.indices.reversed() {
            let next = (index + 1) * width
            switch steps[index] {
            case .literal(let text):
                guard text.count <= bytes.count else { continue }
                for start in 0...(bytes.count - text.count) where reach[next + start + text.count] {
                    reach[index * width + start] = bytes[start..<(start + text.count)].elementsEqual(text)
                }
            case .variable(_, let allowsReserved):
                // One character, then either the next step or more characters of this variable.
                for start in bytes.indices.reversed() where accepts(bytes, start, allowsReserved) {
                    reach[index * width + start] = reach[next + start + 1] || reach[index * width + start + 1]
                }
            }
        }
        return reach
    }

    private static func accepts(_ bytes: [UInt8], _ position: Int, _ allowsReserved: Bool) -> Bool {
        let byte = bytes[position]
        return PercentEncoding.isUnreserved(byte) || byte == UInt8(ascii: "%") || byte >= 0x80
            || (allowsReserved && PercentEncoding.isReserved(byte))
    }
}
