import InterlockJSON

extension RaceCondition {
    /// Reads a condition.
    ///
    /// - Parameter path: where it stands in the plan, for errors.
    init(parsing text: String, at path: String = "holds") throws(ConfigurationError) {
        func wrong(_ message: String) -> ConfigurationError { ConfigurationError(path: path, message: "is '\(text)': \(message)") }
        let tokens: [Token]
        do { tokens = try Token.all(of: text) } catch { throw wrong(error.message) }
        let comparisons = tokens.indices.filter { if case .comparison = tokens[$0] { true } else { false } }
        guard comparisons.count == 1, let middle = comparisons.first, case .comparison(let comparison) = tokens[middle] else {
            throw wrong("write two sides with one of \(Comparison.allCases.map(\.rawValue).joined(separator: " ")) between them")
        }
        do {
            let (before, after) = (tokens[..<middle], tokens[(middle + 1)...])
            self.left = (before.map(\.text).joined(), try Self.side(before))
            self.right = (after.map(\.text).joined(), try Self.side(after))
        } catch {
            throw wrong(error.message)
        }
        self.comparison = comparison
        description = text
    }

    private struct Complaint: Error { var message: String }

    private enum Token {
        case word(String)
        case quoted(String)
        case comparison(Comparison)
        case plus, minus, open, close

        /// As it is printed in a report, with its spaces.
        var text: String {
            switch self {
            case .word(let word): word
            case .quoted(let text): "\"\(text)\""
            case .comparison(let comparison): " \(comparison.rawValue) "
            case .plus: " + "
            case .minus: " - "
            case .open: "("
            case .close: ")"
            }
        }

        static func all(of text: String) throws(Complaint) -> [Token] {
            var tokens: [Token] = []
            var rest = Substring(text)
            while let first = rest.first {
                if first.isWhitespace {
                    rest.removeFirst()
                } else if let comparison = Comparison.allCases.first(where: { rest.hasPrefix($0.rawValue) }) {
                    tokens.append(.comparison(comparison))
                    rest.removeFirst(comparison.rawValue.count)
                } else if first == "\"" {
                    rest.removeFirst()
                    guard let end = rest.firstIndex(of: "\"") else { throw Complaint(message: "a text has no closing quotation mark") }
                    tokens.append(.quoted(String(rest[..<end])))
                    rest = rest[rest.index(after: end)...]
                } else if let sign = ["+": Token.plus, "(": .open, ")": .close][first] {
                    tokens.append(sign)
                    rest.removeFirst()
                } else {
                    let word = rest.prefix { !$0.isWhitespace && !"+()\"=!<>".contains($0) }
                    guard !word.isEmpty else { throw Complaint(message: "'\(first)' has no meaning there") }
                    tokens.append(word == "-" ? .minus : .word(String(word)))
                    rest = rest[word.endIndex...]
                }
            }
            return tokens
        }
    }

    private static func side(_ tokens: ArraySlice<Token>) throws(Complaint) -> Side {
        var side: Side = []
        var rest = tokens
        var sign = 1.0
        repeat {
            side.append((sign, try term(&rest)))
            switch rest.first {
            case .plus?: sign = 1
            case .minus?: sign = -1
            case nil: return side
            case let token?: throw Complaint(message: "'\(token.text)' is one too many: put + or - between two terms, with spaces around")
            }
            rest.removeFirst()
        } while true
    }

    private static func term(_ tokens: inout ArraySlice<Token>) throws(Complaint) -> Term {
        switch tokens.popFirst() {
        case .quoted(let text): return .fixed(.string(text))
        case .word(let word):
            if case .open? = tokens.first { return try function(word, &tokens) }
            if let constant = ["true": JSONValue.bool(true), "false": .bool(false), "null": .null][word] { return .fixed(constant) }
            if let number = JSONNumber(word) { return .fixed(.number(number)) }
            return .place(try place(word))
        case let token?: throw Complaint(message: "'\(token.text)' stands where a number, a place or a function should")
        case nil: throw Complaint(message: "one side ends where a number, a place or a function should stand")
        }
    }

    private static func function(_ name: String, _ tokens: inout ArraySlice<Token>) throws(Complaint) -> Term {
        tokens.removeFirst()
        guard case .word(let argument)? = tokens.popFirst(), case .close? = tokens.popFirst() else {
            throw Complaint(message: "\(name)(…) takes one place or tool, and a closing bracket")
        }
        if let aggregate = Aggregate(rawValue: name) { return .aggregate(aggregate, try place(argument)) }
        if let count = Count(rawValue: name) { return .count(count, tool: argument) }
        let known = Aggregate.allCases.map(\.rawValue) + Count.allCases.map(\.rawValue)
        let nearest = NearestName.of(name, among: known).map { "; did you mean \($0)(…)?" } ?? "."
        throw Complaint(message: "there is no \(name)(…)\(nearest) There are \(known.joined(separator: ", "))")
    }

    private static func place(_ word: String) throws(Complaint) -> [String] {
        let steps = word.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard steps.first == "result" else {
            throw Complaint(message: "'\(word)' is no number and no place; places begin with 'result', texts stand in quotation marks")
        }
        guard !steps.contains("") else { throw Complaint(message: "'\(word)' has an empty step") }
        return Array(steps.dropFirst())
    }
}
