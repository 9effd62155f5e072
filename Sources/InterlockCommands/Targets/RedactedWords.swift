/// A URL or a command line as it may be shown, saved and passed on: what looks like a secret is taken out.
///
/// Of URLs these are user names and passwords and the values of the query; of command lines the values of options and variables that are named like a
/// credential, and URLs within. A secret that stands by itself, or in a path, cannot be told from anything else and stays.
enum RedactedWords {
    /// Stands for what was taken out.
    static let mark = "***"

    /// The URL without what may be secret; the names of the query's values stay.
    static func url(_ text: String) -> String {
        guard let scheme = text.firstRange(of: "://") else { return text }
        let rest = text[scheme.upperBound...]
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        var authority = rest[..<end]
        var result = String(text[..<scheme.upperBound])
        if let at = authority.lastIndex(of: "@") {
            result += mark
            authority = authority[at...]
        }
        result += authority
        let tail = rest[end...]
        guard let question = tail.firstIndex(where: { $0 == "?" || $0 == "#" }) else { return result + tail }
        result += tail[...question]
        let values = tail[tail.index(after: question)...].split(omittingEmptySubsequences: false) { "&;#?".contains($0) }
        return result + values.map(value).joined(separator: "&")
    }

    /// What was meant as a header field, as far as its name goes: the letters, digits and signs that it begins with.
    static func headerName(_ text: String) -> String {
        let name = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
        return name.endIndex == text.endIndex || name.isEmpty ? mark : "\(name)\(text[name.endIndex])\(mark)"
    }

    /// A command in one text that cannot be taken apart.
    static func unparsed(_ text: String) -> String { argument(text) }

    /// A command with its arguments.
    static func command(_ words: [String]) -> String {
        var result: [String] = []
        var isSecret = false
        for word in words {
            if isSecret, !word.hasPrefix("--") {
                result.append(mark)
                isSecret = false
                continue
            }
            result.append(argument(word))
            isSecret = word.hasPrefix("-") && !word.contains("=") && CredentialHeader.looksLikeOne(word)
        }
        return result.joined(separator: " ")
    }

    /// `a=b` of a query.
    private static func value(_ text: Substring) -> String {
        guard let sign = text.firstIndex(of: "=") else { return text.isEmpty ? "" : mark }
        return String(text[...sign]) + mark
    }

    /// One argument, which may be a command line, a header field or JSON in itself.
    private static func argument(_ text: String) -> String {
        if let sign = text.firstIndex(where: { $0 == "=" || $0 == ":" }), !text[sign...].hasPrefix("://"), !text[..<sign].contains(where: \.isWhitespace) {
            let value = text[text.index(after: sign)...]
            if CredentialHeader.looksLikeOne(String(text[..<sign])), !value.isEmpty { return String(text[...sign]) + mark }
            // What is behind the sign may name another, as in `--settings={"token":"…"}`.
            return String(text[...sign]) + argument(String(value))
        }
        guard text.contains(where: \.isWhitespace) else { return text.contains("://") ? url(text) : text }
        // Everything behind a name that ends in a colon, as in `Authorization: Bearer …` or `{"token": "…"}`, is its value.
        var (words, rest) = ([String](), text.split(whereSeparator: \.isWhitespace).map(String.init)[...])
        while let word = rest.popFirst() {
            words.append(word)
            if word.hasSuffix(":"), CredentialHeader.looksLikeOne(word) { return (words.count > 1 ? command(words) : word) + " " + mark }
        }
        return command(words)
    }
}
