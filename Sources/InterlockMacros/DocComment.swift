import SwiftSyntax

/// Reads the documentation comment in front of a declaration.
enum DocComment {
    /// The comment's text: lines of a paragraph joined, paragraphs and list items on lines of their own; nil without a comment.
    static func text(of declaration: some SyntaxProtocol) -> String? {
        text(in: declaration.leadingTrivia)
    }

    /// The comment of a property; it may stand between the attributes and the declaration, too.
    static func text(of variable: VariableDeclSyntax) -> String? {
        text(in: variable.leadingTrivia)
            ?? variable.modifiers.first.flatMap { text(in: $0.leadingTrivia) }
            ?? text(in: variable.bindingSpecifier.leadingTrivia)
    }

    /// The last run of documentation comments: what another comment or an empty line separates from the declaration is not about it.
    private static func text(in trivia: Trivia) -> String? {
        var lines: [Substring] = []
        for piece in trivia {
            switch piece {
            case .docLineComment(let comment): lines.append(withoutIndent(comment.dropFirst(3)))
            case .docBlockComment(let comment): lines = block(comment)
            case .lineComment, .blockComment, .newlines(2...), .carriageReturnLineFeeds(2...): lines = []
            default: continue
            }
        }
        let text = joined(lines)
        return text.isEmpty ? nil : text
    }

    private static func withoutIndent(_ line: Substring) -> Substring {
        line.hasPrefix(" ") ? line.dropFirst() : line
    }

    private static func block(_ comment: String) -> [Substring] {
        comment.dropFirst(3).dropLast(2).split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let line = line.drop { $0 == " " || $0 == "\t" }
            return line.hasPrefix("*") ? withoutIndent(line.dropFirst()) : line
        }
    }

    private static func joined(_ lines: [Substring]) -> String {
        var text = ""
        var endsParagraph = true
        for line in lines {
            let line = line.trimmingBlanks
            if line.isEmpty {
                endsParagraph = true
                continue
            }
            let beginsItem = line.hasPrefix("- ") || line.hasPrefix("* ")
            if !text.isEmpty { text += endsParagraph || beginsItem ? "\n" : " " }
            text += line
            endsParagraph = false
        }
        return text
    }
}

extension Substring {
    /// Without spaces, tabs and line ends at both ends.
    fileprivate var trimmingBlanks: Substring {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0.isNewline }
        guard let last = lastIndex(where: { !isBlank($0) }) else { return "" }
        return self[...last].drop(while: isBlank)
    }
}
