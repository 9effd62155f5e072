/// A reader's words as an expression of SQLite's full-text search.
///
/// The words are taken out of the text and quoted one by one, so nothing a client writes is ever syntax.
struct SearchQuery: Sendable, Hashable {
    /// Words that are looked at; the rest of a longer query is ignored.
    static let maximumWords = 32

    /// The words, as typed.
    let words: [String]

    /// `nil` if the text has no letter or digit to search for.
    init?(_ text: String) {
        var words: [String] = []
        var word = ""
        for scalar in text.unicodeScalars {
            if Self.belongsToWord(scalar) {
                word.unicodeScalars.append(scalar)
            } else if !word.isEmpty {
                words.append(word)
                word = ""
            }
        }
        if !word.isEmpty { words.append(word) }
        guard !words.isEmpty else { return nil }
        self.words = Array(words.prefix(Self.maximumWords))
    }

    /// Documents with all of the words.
    var all: String { words.map { "\"\($0)\"" }.joined(separator: " AND ") }

    /// Documents with any of them.
    var any: String { words.map { "\"\($0)\"" }.joined(separator: " OR ") }

    /// What the tokenizer `unicode61` takes into words.
    private static func belongsToWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber, .letterNumber, .otherNumber,
            .nonspacingMark, .spacingMark, .enclosingMark:
            true
        default: false
        }
    }
}

/// A document that a search found.
struct SearchHit: Sendable, Hashable, Encodable {
    var id: String
    var title: String
    /// The place where the words are, between `**`.
    var snippet: String
    /// Larger is better; comparable within one search only (BM25, the title counts five times).
    var score: Double
}

extension [SearchHit] {
    /// Scores as parts of the best one; the index's own scale means nothing to a reader.
    func scaledToBest() -> [SearchHit] {
        guard let best = map(\.score).max(), best > 0 else { return self }
        return map { hit in
            var hit = hit
            hit.score = (hit.score / best * 1_000).rounded() / 1_000
            return hit
        }
    }
}
