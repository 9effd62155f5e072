/// Turns names of any spelling into names that Prometheus accepts.
///
/// Metric names match `[a-zA-Z_:][a-zA-Z0-9_:]*`, label names `[a-zA-Z_][a-zA-Z0-9_]*` and do not begin with two
/// underscores. What does not fit becomes an underscore, so different spellings may become one name.
enum MetricNaming {
    private static let longest = 200

    static func metric(_ text: String) -> String { fitted(text, allowsColon: true) }

    static func label(_ text: String) -> String {
        var name = fitted(text, allowsColon: false)
        while name.hasPrefix("__") { name.removeFirst() }
        // Histograms and quantiles have these for themselves.
        return name == "le" || name == "quantile" ? "exported_" + name : name
    }

    /// Labels as a registry keeps them: names fitted and sorted, of equal names the last, values shortened.
    static func labels(_ labels: some Sequence<MetricLabel>, longestValue: Int) -> [MetricLabel] {
        var result: [MetricLabel] = []
        for given in labels {
            let label = MetricLabel(self.label(given.name), shortened(given.value, to: longestValue))
            if let index = result.firstIndex(where: { $0.name == label.name }) { result[index] = label } else { result.append(label) }
        }
        if result.count > 1 { result.sort { $0.name < $1.name } }
        return result
    }

    /// The labels as the text between the braces, which also serves as the key of a series.
    static func text(_ labels: [MetricLabel]) -> String {
        var text = ""
        for label in labels {
            if !text.isEmpty { text += "," }
            text += label.name
            text += "=\""
            appendEscaped(label.value, to: &text)
            text += "\""
        }
        return text
    }

    private static func appendEscaped(_ value: String, to text: inout String) {
        guard value.utf8.contains(where: { $0 == 0x5C || $0 == 0x22 || $0 == 0x0A }) else {
            text += value
            return
        }
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
    }

    private static func fitted(_ text: String, allowsColon: Bool) -> String {
        func isLetter(_ byte: UInt8) -> Bool {
            (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A || byte == 0x5F || allowsColon && byte == 0x3A
        }
        func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
        let bytes = text.utf8.prefix(longest)
        guard let first = bytes.first else { return "_" }
        if text.utf8.count <= longest, isLetter(first), bytes.allSatisfy({ isLetter($0) || isDigit($0) }) { return text }
        var result: [UInt8] = isDigit(first) ? [0x5F] : []
        for byte in bytes { result.append(isLetter(byte) || isDigit(byte) ? byte : 0x5F) }
        return String(decoding: result, as: UTF8.self)
    }

    private static func shortened(_ value: String, to limit: Int) -> String {
        guard value.utf8.count > limit else { return value }
        var result = ""
        for character in value {
            guard result.utf8.count + character.utf8.count <= limit else { break }
            result.append(character)
        }
        return result
    }
}
